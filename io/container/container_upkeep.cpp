#include "io/container/container_upkeep.hpp"

#include "io/container/lifecycle.hpp"
#include "io/container/monitor.hpp"
#include "io/container/root_filesystem.hpp"
#include "io/posix/await_file.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/process_watch.hpp"
#include "io/store/volume_store.hpp"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <poll.h>

namespace floe {

namespace {

// How long a short operation waits for another one.
constexpr std::chrono::seconds lock_limit{5};
// Killed processes are gone at once, unless they wait for a disk that does not answer.
constexpr std::chrono::seconds kill_limit{60};
// The monitor writes the exit code right after the container's end.
constexpr std::chrono::seconds exit_file_limit{10};
constexpr int exit_code_unknown = -1;

bool claims_to_run(container_state state) {
  return state == container_state::created || state == container_state::running ||
         state == container_state::paused || state == container_state::stopping;
}

/// The kernel does not tell who waits for a lock that it is free, not with a deadline; so it is
/// tried after pauses of 1 ms growing to 50 ms.
expected<object_lock> acquire_patiently(const host_settings& settings, const std::string& id) {
  poll_deadline deadline{lock_limit};
  for (long pause_ns = 1'000'000;; pause_ns = std::min(pause_ns * 2, 50'000'000L)) {
    auto lock = object_lock::acquire(settings.run_root, "container", id);
    if (lock || lock.error().code != error_code::container_busy || deadline.is_over())
      return lock;
    timespec pause{0, pause_ns};
    ::ppoll(nullptr, 0, &pause, nullptr);
  }
}

bool runtime_knows(container_host& host, const container_record& record) {
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return false;
  auto state =
      runtime_state_directory(host.settings(), (*runtime)->name()) + "/" + record.config.id;
  return ::access(state.c_str(), F_OK) == 0;
}

/// A floe died between starting a container and recording that: takes over one that runs, and
/// deletes what is left of others.
expected<void> adopt_or_delete(container_host& host, container_record& record) {
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return tl::unexpected{runtime.error()};
  const auto& id = record.config.id;
  auto state = (*runtime)->state(id);
  if (!state || (state->status != "running" && state->status != "paused")) {
    [[maybe_unused]] auto removed = (*runtime)->remove(id, true);
    return {};
  }
  auto& status = record.status;
  status.state = state->status == "paused" ? container_state::paused : container_state::running;
  status.pid = state->pid;
  status.monitor_pid = read_pid_file(monitor_pid_file_path(host.settings(), id));
  status.started = current_time();
  return host.state().update_status(id, status);
}

/// A floe died in the middle of a checkpoint or restore. What it left may be all there is of the
/// container; recover_operations knows what to do with it.
bool is_unfinished(container_host& host, const std::string& id) {
  const auto operations = host.state().operations();
  return operations &&
         std::ranges::find(*operations, id, &journal_entry::container_id) != operations->end();
}

expected<void> unmount_everything(container_host& host, const container_record& record) {
  if (auto unmounted = unmount_shared_memory(record.config); !unmounted)
    return unmounted;
  return unmount_root_filesystem(host.settings(), record.config);
}

} // namespace

std::string current_time() {
  return format_time(
      std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()));
}

expected<locked_container> lock_container(container_host& host, const std::string& name) {
  auto found = host.state().find_container(name);
  if (!found)
    return tl::unexpected{found.error()};
  auto lock = acquire_patiently(host.settings(), found->config.id);
  if (!lock) {
    auto error = lock.error();
    error.subject = "container " + found->config.name;
    return tl::unexpected{error};
  }
  // Somebody else may have changed it before the lock was ours.
  auto current = host.state().find_container(found->config.id);
  if (!current) {
    current.error().subject = "container " + name;
    return tl::unexpected{current.error()};
  }
  locked_container locked{std::move(*lock), std::move(*current)};
  if (auto reconciled = reconcile(host, locked.record); !reconciled)
    return tl::unexpected{reconciled.error()};
  return locked;
}

bool is_alive(container_host& host, const container_record& record) {
  const auto& status = record.status;
  if (!claims_to_run(status.state) || status.pid <= 0 ||
      read_exit_report(host.settings(), record.config.id))
    return false;
  auto process = open_pidfd(status.pid);
  if (!process || await_exit(process.get(), std::chrono::milliseconds{0}) == watch_end::exited)
    return false;
  // After a reboot the number may be another process's.
  auto cgroups = read_small_file("/proc/" + std::to_string(status.pid) + "/cgroup", 1 << 20);
  if (cgroups && cgroups->find("libpod-" + record.config.id) != std::string::npos)
    return true;
  auto runtime = host.runtime(record.config.runtime);
  auto state = runtime ? (*runtime)->state(record.config.id)
                       : expected<runtime_state>{tl::unexpected{runtime.error()}};
  return state && state->pid == status.pid && state->status != "stopped";
}

expected<void> reconcile(container_host& host, container_record& record) {
  auto& status = record.status;
  if (!claims_to_run(status.state))
    return runtime_knows(host, record) ? adopt_or_delete(host, record) : expected<void>{};
  if (!is_alive(host, record) && !is_unfinished(host, record.config.id)) {
    bool removed = record.config.auto_remove();
    if (auto finished = finish_ended(host, record); !finished)
      return finished;
    if (removed)
      return fail(error_code::no_such_container, "container " + record.config.name,
                  "it has ended, and was removed as asked for with --rm");
  }
  return {};
}

expected<container_record> find_current(container_host& host, const std::string& name) {
  auto found = host.state().find_container(name);
  if (!found)
    return found;
  bool plausible =
      claims_to_run(found->status.state) ? is_alive(host, *found) : !runtime_knows(host, *found);
  if (plausible)
    return found;
  auto lock = object_lock::acquire(host.settings().run_root, "container", found->config.id);
  // Whoever works on it brings it in line.
  if (!lock)
    return found;
  auto current = host.state().find_container(found->config.id);
  if (!current)
    return current;
  if (auto reconciled = reconcile(host, *current); !reconciled)
    return tl::unexpected{reconciled.error()};
  return current;
}

expected<void> finish_ended(container_host& host, container_record& record) {
  const auto& settings = host.settings();
  auto& status = record.status;
  auto monitor = open_pidfd(status.monitor_pid);
  if (monitor)
    await_file(exit_directory(settings) + "/" + record.config.id, monitor.get(), exit_file_limit);
  auto report = read_exit_report(settings, record.config.id);
  status.state = container_state::exited;
  status.exit_code = report ? report->exit_code : exit_code_unknown;
  status.finished = report ? report->finished : current_time();
  status.oom_killed = report && report->oom_killed;
  status.pid = 0;
  status.monitor_pid = 0;
  status.mounted = false;
  status.mount_point.clear();
  if (auto updated = host.state().update_status(record.config.id, status); !updated)
    return updated;
  if (auto runtime = host.runtime(record.config.runtime))
    if (auto removed = (*runtime)->remove(record.config.id, true);
        !removed && removed.error().code != error_code::no_such_container)
      return removed;
  if (auto unmounted = unmount_everything(host, record); !unmounted)
    return unmounted;
  if (!record.config.auto_remove())
    return {};
  if (auto noted = host.state().note_exit_code(record.config.id, status.exit_code); !noted)
    return noted;
  return remove_everything(host, record, true);
}

expected<void> kill_and_finish(container_host& host, container_record& record) {
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return tl::unexpected{runtime.error()};
  auto killed = (*runtime)->kill(record.config.id, SIGKILL, false);
  // A frozen process takes the signal only when it goes on.
  if (record.status.state == container_state::paused) [[maybe_unused]]
    auto resumed = (*runtime)->resume(record.config.id);
  if (!killed && killed.error().code != error_code::wrong_state &&
      killed.error().code != error_code::no_such_container)
    return killed;
  if (auto ended = await_end(record, kill_limit); !ended)
    return ended;
  return finish_ended(host, record);
}

expected<void> await_end(const container_record& record, std::chrono::milliseconds limit,
                         const std::stop_token& stop) {
  auto process = open_pidfd(record.status.pid);
  if (!process)
    return {};
  auto subject = "container " + record.config.name;
  switch (await_exit(process.get(), limit, stop)) {
  case watch_end::exited:
    return {};
  case watch_end::stopped:
    return fail(error_code::cancelled, subject, "nobody waits for its end any more");
  case watch_end::timed_out:
    break;
  }
  return fail(error_code::timed_out, subject, "its processes do not end",
              "look at process " + std::to_string(record.status.pid));
}

expected<void> remove_everything(container_host& host, const container_record& record,
                                 bool with_volumes) {
  const auto& settings = host.settings();
  const auto& id = record.config.id;
  if (auto unmounted = unmount_everything(host, record); !unmounted)
    return unmounted;
  if (auto removed = remove_root_filesystem(settings, record.config); !removed)
    return removed;
  if (auto removed = remove_tree(bundle_directory(settings, id)); !removed)
    return removed;
  if (auto removed = host.state().remove_container(id);
      !removed && removed.error().code != error_code::no_such_container)
    return removed;
  if (with_volumes)
    for (const auto& volume : record.config.volumes)
      if (volume.anonymous)
        if (auto removed = remove_volume(host.state(), settings, volume.name);
            !removed && removed.error().code != error_code::no_such_volume &&
            removed.error().code != error_code::volume_in_use)
          return removed;
  if (auto removed = remove_monitor_files(settings, id); !removed)
    return removed;
  return remove_tree(run_directory(settings, id));
}

} // namespace floe
