#include "io/container/monitor.hpp"

#include "io/container/failure_advice.hpp"
#include "io/container/monitor_cgroup.hpp"
#include "io/container/runc_runtime.hpp"
#include "io/container/runtime_message.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/process.hpp"
#include "io/posix/process_watch.hpp"
#include "io/posix/system_error.hpp"
#include "model/json_reader.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

namespace floe {

namespace {

// libpod's limit for what conmon has to say.
constexpr std::chrono::seconds answer_limit{240};
constexpr std::chrono::seconds ending_grace{10};
constexpr size_t answer_bytes_max = size_t{64} << 10;
// Numbers in conmon's process.
constexpr int sync_number = 3;
constexpr int start_number = 4;

struct socket_pair {
  unique_fd ours;
  unique_fd theirs;
};

expected<socket_pair> make_socket_pair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()) != 0)
    return system_failure(errno, "a socket pair", "create");
  return socket_pair{unique_fd{fds[0]}, unique_fd{fds[1]}};
}

/// Reads what the monitor says until a line or the stream ends. Errors: timed_out, cancelled.
expected<std::string> read_answer(int fd, const std::string& subject, const std::stop_token& stop) {
  stop_event stopped{stop};
  poll_deadline deadline{answer_limit};
  std::string answer;
  while (answer.find('\n') == std::string::npos && answer.size() < answer_bytes_max) {
    pollfd watched[] = {{fd, POLLIN, 0}, {stopped.fd(), POLLIN, 0}};
    auto ready = ::poll(watched, 2, deadline.left_ms());
    if (ready > 0 && watched[1].revents != 0)
      return fail(error_code::cancelled, subject, "its start was cancelled");
    if (ready == 0 && deadline.is_over())
      return fail(error_code::timed_out, subject,
                  "the monitor did not answer within " + std::to_string(answer_limit.count()) +
                      " s");
    if (ready <= 0)
      continue;
    std::array<char, 8192> buffer;
    auto count = ::read(fd, buffer.data(), buffer.size());
    if (count > 0)
      answer.append(buffer.data(), static_cast<size_t>(count));
    else if (count == 0 || (errno != EINTR && errno != EAGAIN))
      break;
  }
  return answer;
}

struct monitor_answer {
  int64_t data = -1; ///< the pid, or negative
  std::string message;
};

monitor_answer parse_answer(const std::string& text) {
  monitor_answer answer;
  auto document = parse_json(text, "the monitor's answer");
  if (!document)
    return answer;
  json_reader reader{*document, {}};
  reader.read("data", answer.data);
  reader.read("message", answer.message);
  return answer;
}

/// Ends a start that nobody waits for any more: runtime and CRIU first and in order, then what they
/// made. The monitor ends with them; it is not awaited, because it asks for a cleanup that waits
/// for our caller's lock.
void end_start(oci_runtime& runtime, const host_settings& settings, const std::string& id) {
  auto monitor_pid = read_pid_file(monitor_pid_file_path(settings, id));
  if (monitor_pid > 0) {
    auto below = open_descendants(monitor_pid);
    for (int signal : {SIGTERM, SIGKILL}) {
      poll_deadline deadline{ending_grace};
      for (const auto& process : below)
        signal_pidfd(process.get(), signal);
      for (const auto& process : below)
        await_exit(process.get(), std::chrono::milliseconds{deadline.left_ms()});
    }
    if (auto monitor = open_pidfd(monitor_pid))
      signal_pidfd(monitor.get(), SIGTERM);
  }
  [[maybe_unused]] auto removed = runtime.remove(id, true);
}

error start_failure(const host_settings& settings, const container_config& config,
                    const monitor_request& request, const monitor_answer& answer) {
  auto restoring = !request.restore_from.empty();
  auto bundle = bundle_directory(settings, config.id);
  auto log = read_small_file(runtime_log_path(settings, config.id), size_t{1} << 20);
  auto message = runtime_message(log.value_or(std::string{}));
  if (message.empty())
    message = runtime_message(answer.message);
  auto failure = runtime_error("container " + config.name, message,
                               restoring ? error_code::restore_failed : error_code::runtime_failed);
  if (restoring)
    if (auto line = first_criu_error(bundle + "/restore.log"); !line.empty()) {
      failure.cause = "CRIU: " + line + " (" + failure.cause + ")";
      failure.advice = advice_with_log(advice_on_failure(line), bundle + "/restore.log");
    }
  if (message.empty())
    failure.advice = "see " + run_directory(settings, config.id) + "/conmon.log";
  return failure;
}

expected<child_process> start_process(container_host& host, const container_config& config,
                                      const monitor_request& request, oci_runtime& runtime,
                                      int sync_fd, int start_fd) {
  const auto& settings = host.settings();
  auto path = find_program(settings.monitor, program_search_path());
  if (path.empty())
    return fail(error_code::monitor_missing, "monitor " + settings.monitor, "it is not installed",
                "install conmon, or name one with --conmon");
  auto criu = host.criu();
  auto log_path = run_directory(settings, config.id) + "/conmon.log";
  unique_fd log{
      ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!log)
    return system_failure(errno, log_path, "create");
  process_request process;
  process.arguments = monitor_arguments(path, runtime, settings, config, request);
  process.environment = runtime_environment(criu ? criu->path : std::string{});
  // It refuses arguments that are not of its locale, as a path with an é.
  process.environment->push_back("LC_ALL=C.UTF-8");
  process.environment->push_back("_OCI_SYNCPIPE=" + std::to_string(sync_number));
  process.environment->push_back("_OCI_STARTPIPE=" + std::to_string(start_number));
  process.working_directory = bundle_directory(settings, config.id);
  process.output = process_stream::null();
  process.errors = process_stream::descriptor(log.get());
  process.descriptors = {{sync_number, sync_fd}, {start_number, start_fd}};
  process.new_session = true;
  return child_process::start(process);
}

} // namespace

expected<monitor_result> start_monitor(container_host& host, const container_config& config,
                                       const monitor_request& request,
                                       const std::stop_token& stop) {
  const auto& settings = host.settings();
  auto subject = "container " + config.name;
  auto runtime = host.runtime(config.runtime);
  if (!runtime)
    return tl::unexpected{runtime.error()};
  if (auto removed = remove_monitor_files(settings, config.id); !removed)
    return tl::unexpected{removed.error()};
  auto sync = make_socket_pair();
  auto start = make_socket_pair();
  if (!sync || !start)
    return tl::unexpected{(!sync ? sync : start).error()};
  auto process =
      start_process(host, config, request, **runtime, sync->theirs.get(), start->theirs.get());
  if (!process)
    return tl::unexpected{process.error()};
  sync->theirs.reset();
  start->theirs.reset();
  move_to_monitor_cgroup(process->pid());
  // It waits for this before it starts anything.
  char go = 0;
  [[maybe_unused]] auto written = ::send(start->ours.get(), &go, 1, MSG_NOSIGNAL);

  // Its first process ends as soon as the monitor proper is in the background.
  process_limits limits;
  limits.time = answer_limit;
  auto ended = process->wait(limits);
  // A CRIU that is killed amid a restore leaves mounts, cgroups and stopped processes behind.
  const auto interruptible = request.restore_from.empty() ? stop : std::stop_token{};
  auto answer = read_answer(sync->ours.get(), subject, interruptible);
  if (!answer) {
    end_start(**runtime, settings, config.id);
    return tl::unexpected{answer.error()};
  }
  auto parsed = parse_answer(*answer);
  if (parsed.data <= 0 || parsed.data > INT32_MAX) {
    auto failure = start_failure(settings, config, request, parsed);
    [[maybe_unused]] auto removed = (*runtime)->remove(config.id, true);
    return tl::unexpected{failure};
  }
  return monitor_result{static_cast<int32_t>(parsed.data),
                        read_pid_file(monitor_pid_file_path(settings, config.id))};
}

} // namespace floe
