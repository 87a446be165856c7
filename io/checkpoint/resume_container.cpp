#include "io/checkpoint/resume_container.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/checkpoint/held_container.hpp"
#include "io/container/bind_sources.hpp"
#include "io/container/etc_files.hpp"
#include "io/container/failure_advice.hpp"
#include "io/container/monitor.hpp"
#include "io/posix/small_file.hpp"
#include "io/store/store.hpp"
#include "model/loopback_hook.hpp"
#include "model/restore_spec.hpp"

#include <chrono>

namespace floe {

namespace {

/// \p container_env: whether the processes have a mount there.
expected<container_place> place_of(container_host& host, const container_record& record,
                                   bool container_env) {
  container_place place;
  place.rootfs = record.status.mount_point;
  place.cgroups_path = "/libpod_parent/libpod-" + record.config.id;
  auto files = make_etc_files(host.settings(), record.config, container_env);
  if (!files)
    return tl::unexpected{std::move(files.error())};
  place.bind_mounts = std::move(*files);
  for (const auto& volume : record.config.volumes) {
    auto found = host.state().find_volume(volume.name);
    if (!found)
      return tl::unexpected{std::move(found.error())};
    place.volumes.emplace_back(volume.name, found->mount_point);
  }
  return place;
}

expected<void> write_spec(container_host& host, container_record& record, const std::string& bundle,
                          bool connects) {
  const auto subject = "container " + record.config.name;
  auto archived = read_running_spec(bundle, subject);
  if (!archived)
    return tl::unexpected{std::move(archived.error())};
  auto place = place_of(host, record, has_mount(*archived, "/run/.containerenv"));
  if (!place)
    return tl::unexpected{std::move(place.error())};
  auto spec = make_restore_spec(std::move(*archived), record.config, *place);
  if (!spec)
    return tl::unexpected{std::move(spec.error())};
  if (auto there = check_bind_sources(bind_sources(*spec), subject); !there)
    return there;
  record.status.bind_mounts = std::move(place->bind_mounts);
  if (connects)
    spec = with_loopback_hook(std::move(*spec), host.settings().floe);
  return write_file(in_bundle(bundle, "config.json"), dump_json(*spec), 0600);
}

/// Whoever has to find out why needs to know where CRIU's log is.
tl::unexpected<error> with_log(error what, const std::string& log) {
  if (what.code == error_code::restore_failed && describe(what).find(log) == std::string::npos)
    what.advice = advice_with_log(std::move(what.advice), log);
  return tl::unexpected{std::move(what)};
}

} // namespace

expected<void> resume_container(container_host& host, container_record& record,
                                const resume_options& options, const std::stop_token& stop) {
  const auto& id = record.config.id;
  const auto bundle = bundle_directory(host.settings(), id);
  if (auto written = write_spec(host, record, bundle, options.tcp_established); !written)
    return written;
  if (auto created = write_file(in_bundle(bundle, "restore.log"), "", 0600); !created)
    return created;
  if (auto removed = remove_monitor_files(host.settings(), id); !removed)
    return removed;
  monitor_request request;
  request.restore_from = in_bundle(bundle, images_name);
  request.tcp_established = options.tcp_established;
  request.file_locks = options.file_locks;
  auto started = start_monitor(host, record.config, request, stop);
  if (!started)
    return with_log(std::move(started.error()), in_bundle(bundle, "restore.log"));
  auto& status = record.status;
  status.state = container_state::running;
  status.pid = started->pid;
  status.monitor_pid = started->monitor_pid;
  status.exit_code = 0;
  status.finished.clear();
  status.checkpointed = false;
  status.checkpointed_at.clear();
  status.restored = true;
  status.restored_at = format_time(
      std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()));
  if (status.started.empty())
    status.started = status.restored_at;
  status.checkpoint_path = options.keep ? request.restore_from : "";
  status.checkpoint_log = "";
  status.restore_log = options.keep ? in_bundle(bundle, "restore.log") : "";
  return host.state().update_status(id, status);
}

} // namespace floe
