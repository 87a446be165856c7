#include "io/checkpoint/container_end.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/container/container_upkeep.hpp"
#include "io/container/monitor.hpp"
#include "io/container/root_filesystem.hpp"
#include "io/posix/process_watch.hpp"

#include <chrono>

namespace floe {

namespace {

/// Killed processes are gone at once, unless they wait for a disk that does not answer.
constexpr std::chrono::seconds end_limit{60};
constexpr std::chrono::seconds report_limit{5};
constexpr std::chrono::milliseconds report_step{10};

/// The monitor writes the exit code, then runs a cleanup that waits until we are done. A file
/// written later would be taken for the end of a container that runs again.
void await_exit_report(const host_settings& settings, const container_record& record) {
  if (record.status.monitor_pid <= 0)
    return;
  const auto monitor = open_pidfd(record.status.monitor_pid);
  const poll_deadline deadline{report_limit};
  while (monitor && !deadline.is_over() && !read_exit_report(settings, record.config.id))
    if (await_exit(monitor.get(), report_step) == watch_end::exited)
      return;
}

} // namespace

expected<void> forget_processes(container_host& host, const container_record& record) {
  if (auto ended = await_end(record, end_limit); !ended)
    return ended;
  await_exit_report(host.settings(), record);
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return tl::unexpected{std::move(runtime.error())};
  auto removed = (*runtime)->remove(record.config.id, true);
  const bool is_gone = !removed && removed.error().code == error_code::no_such_container;
  return is_gone ? expected<void>{} : removed;
}

expected<void> clean_up_stopped(container_host& host, const container_record& record) {
  if (auto forgotten = forget_processes(host, record); !forgotten)
    return forgotten;
  if (auto unmounted = unmount_shared_memory(record.config); !unmounted)
    return unmounted;
  return unmount_root_filesystem(host.settings(), record.config);
}

expected<void> end_checkpointed(container_host& host, container_record& record,
                                const std::string& log_path) {
  if (auto cleaned = clean_up_stopped(host, record); !cleaned)
    return cleaned;
  auto& status = record.status;
  status.state = container_state::exited;
  status.pid = 0;
  status.monitor_pid = 0;
  status.exit_code = 0;
  status.finished = current_time();
  status.mounted = false;
  status.mount_point.clear();
  status.checkpointed = true;
  status.checkpointed_at = status.finished;
  status.checkpoint_path =
      in_bundle(bundle_directory(host.settings(), record.config.id), images_name);
  status.checkpoint_log = log_path;
  status.restored = false;
  status.restored_at.clear();
  status.restore_log.clear();
  return host.state().update_status(record.config.id, status);
}

} // namespace floe
