#include "io/podman/podman_resume_session.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/checkpoint/held_container.hpp"
#include "io/container/bind_sources.hpp"
#include "io/container/failure_advice.hpp"
#include "io/container/runc_runtime.hpp"
#include "io/podman/bundle_spec.hpp"
#include "io/podman/namespace_owners.hpp"
#include "io/podman/podman_checkpoint.hpp"
#include "io/podman/podman_statistics.hpp"
#include "io/posix/mount.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace floe {

namespace {

/// CRIU maps all of the memory anew.
constexpr std::chrono::minutes resume_limit{10};

expected<void> check_state(const podman_container& container) {
  const auto state = container.status.state;
  if (state == container_state::exited || state == container_state::configured)
    return {};
  return fail(error_code::wrong_state, "container " + container.config.name,
              "it is " + std::string{to_string(state)} + ", cannot restore",
              state == container_state::running ? "a container that runs needs no restore"
                                                : "stop it first");
}

} // namespace

podman_resume_session::podman_resume_session(podman_host& podman, const host_settings& settings,
                                             podman_container container, object_lock lock,
                                             restore_options options)
    : podman_{podman}, floe_{settings.floe}, run_root_{settings.run_root},
      container_{std::move(container)}, lock_{std::move(lock)}, options_{std::move(options)} {}

expected<std::unique_ptr<podman_resume_session>>
podman_resume_session::begin(container_host& host, const std::string& id,
                             const restore_options& options) {
  auto podman = host.podman();
  if (!podman)
    return tl::unexpected{std::move(podman.error())};
  auto lock = object_lock::acquire(host.settings().run_root, "container", id);
  if (!lock) {
    if (const auto known = (*podman)->container(id))
      lock.error().subject = "container " + known->config.name;
    return tl::unexpected{std::move(lock.error())};
  }
  auto found = (*podman)->container(id);
  if (!found)
    return tl::unexpected{std::move(found.error())};
  if (auto fits = check_state(*found); !fits)
    return tl::unexpected{std::move(fits.error())};
  auto session = std::make_unique<podman_resume_session>(
      **podman, host.settings(), std::move(*found), std::move(*lock), options);
  if (auto there = session->check_images(); !there)
    return tl::unexpected{std::move(there.error())};
  return session;
}

/// They are mounted as long as another container has them.
expected<void> podman_resume_session::check_volumes() const {
  const auto volumes = volumes_in_memory(podman_, container_);
  if (!volumes)
    return tl::unexpected{volumes.error()};
  for (const auto& volume : *volumes) {
    const auto mounted = is_mount_point(volume.mount_point);
    if (!mounted)
      return tl::unexpected{mounted.error()};
    if (!*mounted)
      return fail(error_code::not_restorable, subject(),
                  "its volume " + volume.name + " was kept in memory and has ended with it",
                  "remove it and restore it from its archive, which has the volume too");
  }
  return {};
}

expected<void> podman_resume_session::check_images() {
  if (can_resume(container_))
    return check_volumes();
  if (podman_checkpoint_time(container_))
    return fail(error_code::no_checkpoint, subject(),
                "it has been started since its checkpoint was made, and has changed its files",
                "restore it from an archive; podman container restore " + name() +
                    " resumes it nevertheless");
  return fail(error_code::no_checkpoint, subject(),
              "a complete checkpoint for this container cannot be found, cannot restore",
              "make one with floe checkpoint, or restore it from an archive");
}

/// Podman makes what it has in its own directories anew, and mounts volumes.
expected<void> podman_resume_session::check_sources() const {
  const auto spec = read_running_spec(container_.bundle, subject());
  if (!spec)
    return tl::unexpected{spec.error()};
  auto sources = bind_sources(*spec);
  std::erase_if(sources, [&](const bind_source& mounted) {
    return is_engine_place(mounted.destination) ||
           is_volume_place(container_.config, mounted.destination) ||
           mounted.source.starts_with(container_.bundle + "/") ||
           mounted.source.starts_with(container_.run_directory + "/");
  });
  return check_bind_sources(sources, subject());
}

expected<void> podman_resume_session::resume(const std::stop_token& stop) {
  const auto joined = join_owners(podman_, run_root_, container_, stop);
  if (auto ready = joined ? check_sources() : joined; !ready)
    return ready;
  std::vector<std::string> command{"container", "restore", "--print-stats"};
  if (options_.keep)
    command.emplace_back("--keep");
  if (options_.tcp_established)
    command.emplace_back("--tcp-established");
  if (options_.file_locks || has_file_locks(container_.bundle))
    command.emplace_back("--file-locks");
  command.push_back(id());
  if (options_.tcp_established)
    if (auto added = add_loopback_hook(container_.bundle, floe_); !added)
      return added;
  auto restored =
      podman_.run(std::move(command), subject(), resume_limit, stop, error_code::restore_failed);
  if (restored) {
    if (auto removed = remove_loopback_hook(container_.bundle); !removed)
      facts_.warnings.push_back(describe(removed.error()));
    facts_.criu = restore_statistics_in(*restored);
    if (auto warning = podman_.set_up_loopback(id()); !warning.empty())
      facts_.warnings.push_back(std::move(warning));
    return {};
  }
  auto why = std::move(restored.error());
  if (why.code != error_code::restore_failed)
    return tl::unexpected{std::move(why)};
  const auto log = in_bundle(container_.bundle, "restore.log");
  const auto criu = first_criu_error(log);
  if (!criu.empty())
    why.cause += (why.cause.empty() ? "" : ": ") + criu;
  why.advice = advice_with_log(advice_on_failure(why.cause), criu.empty() ? "" : log);
  return tl::unexpected{std::move(why)};
}

expected<void> podman_resume_session::commit() {
  if (options_.keep)
    facts_.log_path = in_bundle(container_.bundle, "restore.log");
  return {};
}

} // namespace floe
