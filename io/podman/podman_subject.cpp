#include "io/podman/podman_subject.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/checkpoint/held_container.hpp"
#include "io/podman/bundle_spec.hpp"
#include "io/podman/namespace_owners.hpp"
#include "io/podman/podman_checkpoint.hpp"
#include "io/podman/podman_host.hpp"
#include "io/podman/podman_lock.hpp"
#include "io/podman/podman_storage.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/process_watch.hpp"
#include "io/posix/small_file.hpp"
#include "io/store/object_lock.hpp"
#include "model/joined_namespaces.hpp"
#include "model/json_access.hpp"
#include "model/loopback_hook.hpp"
#include "model/podman_documents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace floe {

namespace {

/// Podman needs a moment for what it does under a container's lock; a stop takes longer than this.
constexpr std::chrono::seconds lock_limit{5};
/// Ending killed processes and taking down networks and mounts.
constexpr std::chrono::seconds stop_limit{60};
constexpr std::chrono::minutes restore_limit{10};
constexpr size_t spec_bytes_max = size_t{16} << 20;

class podman_subject final : public checkpoint_subject {
 public:
  podman_subject(podman_host& podman, const host_settings& settings, podman_container container,
                 object_lock own_lock, podman_lock lock, oci_runtime& runtime)
      : checkpoint_subject{{container.config, container.status}, container.bundle, runtime},
        podman_{podman}, settings_{settings},
        container_{std::move(container)}, own_lock_{std::move(own_lock)}, lock_{std::move(lock)} {}

  container_source source() const override { return container_source::podman; }
  expected<void> check(const checkpoint_options& options) override;
  expected<archive_source> capture(const checkpoint_options& options,
                                   const std::string& images) override;
  expected<void> save_volatile_state(bool tcp_established) override;
  expected<void> kill_frozen() override;
  expected<void> end_checkpointed(const std::string& log_path) override;
  expected<void> revive(bool tcp_established, bool file_locks) override;

  /// Podman does that by itself when it cleans up.
  expected<void> remove_ended() override { return {}; }

 private:
  expected<void> check_dependencies(bool exporting) const;
  expected<void> check_stop(const checkpoint_options& options) const;
  expected<void> check_owners() const;
  expected<void> find_files(const checkpoint_options& options);
  std::string own_shared_memory() const;
  expected<bool> is_known_as_ended() const;

  podman_host& podman_;
  const host_settings& settings_;
  podman_container container_;
  object_lock own_lock_;
  std::optional<podman_lock> lock_; ///< nothing from when Podman has to go on
  json running_spec_;
  podman_layers layers_;
  std::vector<captured_volume> volumes_;
  std::vector<std::string> anonymous_volumes_;
};

// -- checks -----------------------------------------------------------------------

/// Only the infra container of its own pod may be needed by an archived one (section 14.1).
expected<void> podman_subject::check_dependencies(bool exporting) const {
  std::string infra;
  if (!container_.pod_id.empty()) {
    auto pod = podman_.pod(container_.pod_id);
    if (!pod)
      return tl::unexpected{std::move(pod.error())};
    infra = pod->infra_id;
    if (infra == id())
      return fail(error_code::has_dependencies, name(),
                  "it is the infra container of pod " + pod->name +
                      ", which Podman makes anew with the pod",
                  "checkpoint the pod with --pod " + pod->name + ", or its other containers");
  }
  auto needed = container_.joined_containers;
  needed.insert(needed.end(), record_.config.dependencies.begin(),
                record_.config.dependencies.end());
  const bool is_tied =
      std::ranges::any_of(needed, [&](const std::string& other) { return other != infra; });
  if (exporting && is_tied)
    return fail(error_code::has_dependencies, name(),
                "cannot export checkpoints of containers with dependencies",
                "checkpoint it without an export");
  return {};
}

/// What nobody could restore is not stopped.
expected<void> podman_subject::check_stop(const checkpoint_options& options) const {
  for (const auto& [key, what] : {std::pair{"overlayVolumes", "a directory as an overlay"},
                                  std::pair{"ctrImageVolumes", "an image"}})
    if (!options.leave_running && !list_member(container_.config_document, key).empty())
      return fail(error_code::not_restorable, name(),
                  fmt::format("it mounts {}, which neither Podman nor floe can mount again for its "
                              "processes",
                              what),
                  "use --leave-running, or make it without that mount");
  for (const auto& volume : record_.config.volumes)
    if (!options.leave_running && std::ranges::find(volume.options, "O") != volume.options.end())
      return fail(
          error_code::not_restorable, name(),
          fmt::format("it mounts volume {} as an overlay, which neither Podman nor floe can "
                      "mount again for its processes",
                      volume.name),
          "use --leave-running, or make it without :O");
  if (!options.leave_running && options.export_path.empty()) {
    const auto volumes = volumes_in_memory(podman_, container_);
    if (!volumes)
      return tl::unexpected{volumes.error()};
    if (!volumes->empty())
      return fail(error_code::not_restorable, name(),
                  "its volume " + volumes->front().name +
                      " is kept in memory and ends with the container",
                  "use --export, which saves it too, or --leave-running");
  }
  // A container that CRIU kills looks to Podman as if it had crashed.
  const auto policy = container_.config_document.value("restart_policy", "");
  if (options.tcp_established && !options.leave_running && !policy.empty() && policy != "no")
    return fail(error_code::not_restorable, name(),
                "its restart policy " + policy +
                    " would have Podman start it anew when its connections are taken along",
                "use --leave-running, or checkpoint it without --tcp-established");
  return {};
}

/// The runtime finds a namespace of another container through that one's process.
expected<void> podman_subject::check_owners() const {
  for (const auto& joined : joined_namespaces(container_.config_document)) {
    const auto owner = podman_.container(joined.owner);
    if (!owner)
      return tl::unexpected{owner.error()};
    if (owner->status.pid == 0)
      return fail(error_code::wrong_state, name(),
                  "it is in the " + joined.type + " namespace of container " + owner->config.name +
                      ", which does not run any more",
                  "start both anew");
  }
  return {};
}

expected<void> podman_subject::find_files(const checkpoint_options& options) {
  if (!record_.config.rootfs.empty() && !options.ignore_rootfs)
    return fail(error_code::not_restorable, name(),
                "its root filesystem is the directory " + record_.config.rootfs +
                    ", which Podman does not manage and cannot restore",
                "use --ignore-rootfs, or make it from an image");
  if (!options.ignore_rootfs) {
    auto layers = podman_container_layers(podman_.settings(), id());
    if (!layers)
      return tl::unexpected{std::move(layers.error())};
    layers_ = std::move(*layers);
  }
  for (const auto& mounted : record_.config.volumes) {
    if (options.ignore_volumes)
      break;
    auto volume = podman_.volume(mounted.name);
    if (!volume)
      return tl::unexpected{std::move(volume.error())};
    if (volume->driver != "local")
      return fail(error_code::not_restorable, name(),
                  "its volume " + mounted.name + " has the driver " + volume->driver +
                      ", and only local ones can be saved",
                  "use --ignore-volumes and save that volume by its own means");
    if (flag_member(volume->document, "isAnon"))
      anonymous_volumes_.push_back(volume->name);
    if (std::ranges::find(volumes_, volume->name, &captured_volume::name) == volumes_.end())
      volumes_.push_back({{volume->name, text_pairs(object_member(volume->document, "labels")),
                           text_pairs(object_member(volume->document, "volumeOptions"))},
                          volume->mount_point});
  }
  return {};
}

expected<void> podman_subject::check(const checkpoint_options& options) {
  const bool exporting = !options.export_path.empty();
  if (auto free = check_dependencies(exporting); !free)
    return free;
  if (auto can_stop = check_stop(options).and_then([&] { return check_owners(); }); !can_stop)
    return can_stop;
  if (exporting)
    if (auto found = find_files(options); !found)
      return found;
  auto text = read_small_file(container_.spec_path, spec_bytes_max);
  if (!text)
    return tl::unexpected{std::move(text.error())};
  auto spec = parse_json(*text, name() + ": " + container_.spec_path);
  if (!spec)
    return tl::unexpected{std::move(spec.error())};
  running_spec_ = without_loopback_hook(std::move(*spec));
  // CRIU restores as the mapped root, who may not enter Podman's directories.
  if (!list_member(object_member(running_spec_, "linux"), "uidMappings").empty())
    return fail(
        error_code::not_restorable, name(),
        "its users are mapped (--uidmap, --userns), and neither Podman nor floe can restore "
        "such a container",
        "make it without a user namespace");
  return {};
}

// -- what goes into the archive -----------------------------------------------------

/// Empty if /dev/shm is the host's: archiving that would give away what others keep there (section
/// 23, D21).
std::string podman_subject::own_shared_memory() const {
  const auto& directory = record_.config.shm_directory;
  const auto mounts = container_.state_document.find("bindMounts");
  const bool is_mounted = mounts != container_.state_document.end() && mounts->is_object() &&
                          mounts->value("/dev/shm", "") == directory;
  return is_mounted && directory != "/dev/shm" ? directory : std::string{};
}

expected<archive_source> podman_subject::capture(const checkpoint_options& options,
                                                 const std::string& images) {
  archive_source source;
  source.config_dump = make_podman_config_dump(container_.config_document, anonymous_volumes_);
  source.spec_dump = make_podman_spec_dump(running_spec_, bundle_, container_.run_directory);
  source.network_status = container_.network_status;
  source.bundle = bundle_;
  source.images_directory = images;
  source.log_file = archived_log_file(record_.config, bundle_);
  source.shared_memory = own_shared_memory();
  if (!options.ignore_rootfs) {
    source.upper_directory = layers_.upper;
    source.lower_directories = layers_.lowers;
  }
  source.volumes = volumes_;
  return source;
}

/// What `podman container restore` looks for in the bundle (section 17.5 steps 7 and 14). Changes
/// of the root filesystem that an earlier export left there would be applied again (D3).
expected<void> podman_subject::save_volatile_state(bool tcp_established) {
  for (const char* stale : {"rootfs-diff.tar", "deleted.files"})
    if (auto removed = remove_tree(in_bundle(bundle_, stale)); !removed)
      return removed;
  if (auto written =
          write_file(in_bundle(bundle_, "network.status"), container_.network_status, 0600);
      !written)
    return written;
  if (tcp_established)
    if (auto added = add_loopback_hook(bundle_, settings_.floe); !added)
      return added;
  const auto shared = own_shared_memory();
  return shared.empty() ? expected<void>{} : save_shared_memory(shared, bundle_);
}

// -- the end --------------------------------------------------------------------------

/// `podman stop` notes that a user wanted it, so that no restart policy brings the container back.
/// With no time to wait it sends SIGKILL at once, for which the runtime thaws it.
expected<void> podman_subject::kill_frozen() {
  lock_.reset();
  auto stopped = podman_.run({"stop", "--time", "0", id()}, name(), stop_limit);
  if (!stopped && is_alive())
    return tl::unexpected{std::move(stopped.error())};
  return {};
}

expected<bool> podman_subject::is_known_as_ended() const {
  const auto found = podman_.container(id());
  if (!found && found.error().code == error_code::no_such_container)
    return true; // it was started with --rm
  if (!found)
    return tl::unexpected{found.error()};
  return found->status.state == container_state::exited;
}

expected<void> podman_subject::end_checkpointed(const std::string&) {
  lock_.reset();
  // The monitor ends as `podman container cleanup`: networks and mounts are gone with it.
  if (const auto monitor = open_pidfd(record_.status.monitor_pid))
    if (await_exit(monitor.get(), stop_limit) != watch_end::exited)
      return fail(error_code::timed_out, name(), "its monitor does not end",
                  "look at process " + std::to_string(record_.status.monitor_pid));
  auto ended = is_known_as_ended();
  if (ended && !*ended) {
    auto cleaned = podman_.run({"container", "cleanup", id()}, name(), stop_limit);
    if (!cleaned)
      return tl::unexpected{std::move(cleaned.error())};
    ended = is_known_as_ended();
  }
  if (!ended)
    return tl::unexpected{std::move(ended.error())};
  if (!*ended)
    return fail(error_code::runtime_failed, name(),
                "its processes have ended, but Podman does not know",
                "run podman container cleanup " + record_.config.name);
  return {};
}

expected<void> podman_subject::revive(bool tcp_established, bool file_locks) {
  if (auto ended = end_checkpointed({}); !ended)
    return ended;
  if (auto joined = join_owners(podman_, settings_.run_root, container_, {}); !joined)
    return joined;
  std::vector<std::string> command{"container", "restore"};
  if (tcp_established) {
    command.emplace_back("--tcp-established");
    if (auto added = add_loopback_hook(bundle_, settings_.floe); !added)
      return added;
  }
  if (file_locks)
    command.emplace_back("--file-locks");
  command.push_back(id());
  auto restored = podman_.run(std::move(command), name(), restore_limit);
  if (!restored)
    return tl::unexpected{std::move(restored.error())};
  return {};
}

} // namespace

expected<std::unique_ptr<checkpoint_subject>> hold_podman_subject(container_host& host,
                                                                  const std::string& id) {
  auto podman = host.podman();
  if (!podman)
    return tl::unexpected{std::move(podman.error())};
  auto found = (*podman)->container(id);
  if (!found)
    return tl::unexpected{std::move(found.error())};
  auto own_lock = object_lock::acquire(host.settings().run_root, "container", found->config.id);
  if (!own_lock) {
    own_lock.error().subject = "container " + found->config.name;
    return tl::unexpected{std::move(own_lock.error())};
  }
  auto lock = podman_lock::acquire((*podman)->settings(), *found, lock_limit);
  if (!lock)
    return tl::unexpected{std::move(lock.error())};
  // Podman may have changed it before the lock was ours.
  found = (*podman)->container(id);
  if (!found)
    return tl::unexpected{std::move(found.error())};
  auto runtime = (*podman)->runtime(found->config.runtime);
  if (!runtime)
    return tl::unexpected{std::move(runtime.error())};
  return std::make_unique<podman_subject>(**podman, host.settings(), std::move(*found),
                                          std::move(*own_lock), std::move(*lock), **runtime);
}

} // namespace floe
