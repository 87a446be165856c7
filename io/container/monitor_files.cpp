// What the monitor reads and writes, and the command line that says so.
#include "io/container/monitor.hpp"
#include "io/container/runc_runtime.hpp"
#include "io/posix/file_tree.hpp"

#include <cerrno>
#include <charconv>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

std::string exit_file(const host_settings& settings, const std::string& id) {
  return exit_directory(settings) + "/" + id;
}

std::string log_argument(const container_config& config, const std::string& bundle) {
  if (config.log_driver == "none" || config.log_driver == "passthrough")
    return "none";
  return "k8s-file:" + (config.log_path.empty() ? bundle + "/ctr.log" : config.log_path);
}

bool wants_terminal(const container_config& config) {
  auto process = config.spec.find("process");
  return process != config.spec.end() && process->is_object() &&
         process->value("terminal", json(false)) == json(true);
}

using words = std::vector<std::string>;

void add(words& into, const words& more) {
  into.insert(into.end(), more.begin(), more.end());
}

/// `floe … container cleanup ID`.
words exit_command(const host_settings& settings, const std::string& id) {
  words command{settings.floe, "--root",         settings.root, "--runroot",     settings.run_root,
                "--runtime",   settings.runtime, "--conmon",    settings.monitor};
  if (!settings.criu.empty())
    add(command, {"--criu", settings.criu});
  add(command, {"container", "cleanup", id});
  return command;
}

} // namespace

int32_t read_pid_file(const std::string& path) {
  auto text = read_small_file(path, 64).value_or(std::string{});
  int32_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  return pid;
}

std::string pid_file_path(const host_settings& settings, const std::string& id) {
  return run_directory(settings, id) + "/pidfile";
}

std::string monitor_pid_file_path(const host_settings& settings, const std::string& id) {
  return run_directory(settings, id) + "/conmon.pid";
}

std::string runtime_log_path(const host_settings& settings, const std::string& id) {
  return run_directory(settings, id) + "/oci-log";
}

std::vector<std::string> monitor_arguments(const std::string& monitor_path,
                                           const oci_runtime& runtime,
                                           const host_settings& settings,
                                           const container_config& config,
                                           const monitor_request& request) {
  const auto& id = config.id;
  auto bundle = bundle_directory(settings, id);
  words arguments{monitor_path,
                  "--api-version",
                  "1",
                  "-c",
                  id,
                  "-u",
                  id,
                  "-r",
                  runtime.path(),
                  "-b",
                  bundle,
                  "-p",
                  pid_file_path(settings, id),
                  "-n",
                  config.name,
                  "--exit-dir",
                  exit_directory(settings),
                  "--full-attach",
                  "-l",
                  log_argument(config, bundle),
                  "--log-level",
                  "warning",
                  "--conmon-pidfile",
                  monitor_pid_file_path(settings, id)};
  for (const auto& option :
       runtime_global_options(runtime, settings, runtime_log_path(settings, id)))
    arguments.push_back("--runtime-arg=" + option);
  if (wants_terminal(config))
    arguments.push_back("-t");
  else if (config.stdin_open)
    arguments.push_back("-i");
  if (!request.restore_from.empty()) {
    add(arguments, {"--restore", request.restore_from});
    if (request.tcp_established)
      arguments.push_back("--runtime-opt=--tcp-established");
    if (request.file_locks)
      arguments.push_back("--runtime-opt=--file-locks");
  }
  if (settings.floe.empty())
    return arguments;
  auto command = exit_command(settings, id);
  add(arguments, {"--exit-command", command[0]});
  for (size_t index = 1; index < command.size(); ++index)
    arguments.push_back("--exit-command-arg=" + command[index]);
  return arguments;
}

expected<void> remove_monitor_files(const host_settings& settings, const std::string& id) {
  auto bundle = bundle_directory(settings, id);
  for (const auto& path : {exit_file(settings, id), pid_file_path(settings, id),
                           monitor_pid_file_path(settings, id), runtime_log_path(settings, id),
                           bundle + "/attach", bundle + "/ctl", bundle + "/winsz", bundle + "/oom"})
    if (auto removed = remove_tree(path); !removed)
      return removed;
  return {};
}

std::optional<exit_report> read_exit_report(const host_settings& settings, const std::string& id) {
  auto path = exit_file(settings, id);
  struct stat status {};
  auto text = read_small_file(path, 64);
  if (!text || ::stat(path.c_str(), &status) != 0)
    return std::nullopt;
  exit_report report;
  std::from_chars(text->data(), text->data() + text->size(), report.exit_code);
  report.finished = format_time(time_point{std::chrono::seconds{status.st_mtim.tv_sec} +
                                           std::chrono::nanoseconds{status.st_mtim.tv_nsec}});
  report.oom_killed = ::access((bundle_directory(settings, id) + "/oom").c_str(), F_OK) == 0;
  return report;
}

} // namespace floe
