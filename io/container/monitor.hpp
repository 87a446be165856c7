// Starts conmon, which starts the runtime, stays with the container, keeps its log and tells us of
// its end (behaviours.md section 15.2).
#pragma once

#include "io/container/container_host.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace floe {

struct monitor_request {
  /// Of a restore: directory of the images; empty for a new container.
  std::string restore_from;
  bool tcp_established = false; ///< of a restore
  bool file_locks = false;
};

struct monitor_result {
  int32_t pid = 0; ///< of the container's first process
  int32_t monitor_pid = 0;
};

/// Has the runtime create the container (or restore it) from the config.json in its bundle. The
/// monitor outlives this process; when the container ends it writes the exit code and runs
/// `floe container cleanup ID`. Errors: monitor_missing, runtime_missing, timed_out, cancelled,
/// runtime_failed with the runtime's message; restore_failed instead of that for a restore. After
/// an error no process is left.
expected<monitor_result> start_monitor(container_host& host, const container_config& config,
                                       const monitor_request& request = {},
                                       const std::stop_token& stop = {});

/// conmon's arguments, the program first. \p criu_path may be empty.
std::vector<std::string> monitor_arguments(const std::string& monitor_path,
                                           const oci_runtime& runtime,
                                           const host_settings& settings,
                                           const container_config& config,
                                           const monitor_request& request);

/// Removes what an earlier run left where the monitor writes: exit file, pid files, sockets.
expected<void> remove_monitor_files(const host_settings& settings, const std::string& id);

/// What the monitor wrote when the container ended.
struct exit_report {
  int32_t exit_code = 0;
  std::string finished; ///< RFC 3339
  bool oom_killed = false;
};

/// Nothing if it has not ended yet, or if a reboot took the file away.
std::optional<exit_report> read_exit_report(const host_settings& settings, const std::string& id);

/// The number in a pid file; 0 if there is none.
int32_t read_pid_file(const std::string& path);

/// Files in the run directory that the monitor and the runtime write.
std::string pid_file_path(const host_settings& settings, const std::string& id);
std::string monitor_pid_file_path(const host_settings& settings, const std::string& id);
std::string runtime_log_path(const host_settings& settings, const std::string& id);

} // namespace floe
