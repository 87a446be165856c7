#include "io/posix/process.hpp"

#include "io/posix/process_watch.hpp"
#include "io/posix/system_error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char** environ;

namespace floe {

namespace {

/// The attributes and file actions of posix_spawn.
class spawn_plan {
 public:
  spawn_plan() {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&actions_);
  }
  spawn_plan(const spawn_plan&) = delete;
  spawn_plan& operator=(const spawn_plan&) = delete;
  ~spawn_plan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  /// No blocked and no ignored signals, whatever our own threads do.
  void reset_signals(bool new_session) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (new_session)
      flags |= POSIX_SPAWN_SETSID;
    posix_spawnattr_setflags(&attributes_, flags);
  }

  void enter(const std::string& directory) {
    if (!directory.empty())
      posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
  }

  /// Gives \p fd the number \p target in the program. It is moved out of the way of all targets
  /// first, so that no dup2 overwrites the source of a later one.
  int connect(int fd, int target, int above_targets) {
    unique_fd moved{::fcntl(fd, F_DUPFD_CLOEXEC, above_targets)};
    if (!moved)
      return errno;
    auto failure = posix_spawn_file_actions_adddup2(&actions_, moved.get(), target);
    moved_.push_back(std::move(moved));
    return failure;
  }

  void close_others(const std::vector<int>& targets, int above_targets) {
    for (int fd = 3; fd < above_targets; ++fd)
      if (std::find(targets.begin(), targets.end(), fd) == targets.end())
        posix_spawn_file_actions_addclose(&actions_, fd);
    posix_spawn_file_actions_addclosefrom_np(&actions_, above_targets);
  }

  int spawn(pid_t& pid, const std::string& program, const std::vector<std::string>& arguments,
            const std::optional<std::vector<std::string>>& environment) {
    auto argv = pointers(arguments);
    if (!environment)
      return posix_spawn(&pid, program.c_str(), &actions_, &attributes_, argv.data(), environ);
    auto envp = pointers(*environment);
    return posix_spawn(&pid, program.c_str(), &actions_, &attributes_, argv.data(), envp.data());
  }

 private:
  static std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (const auto& text : texts)
      out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
  }

  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
  std::vector<unique_fd> moved_;
};

/// Our end and the program's end of one standard stream.
struct stream_ends {
  unique_fd ours;
  unique_fd theirs; ///< owned here only if we opened it
  int connected = -1;
};

expected<stream_ends> open_stream(const process_stream& stream, int target) {
  stream_ends ends;
  switch (stream.what) {
  case process_stream::kind::inherit:
    break;
  case process_stream::kind::null:
    ends.theirs.reset(::open("/dev/null", (target == 0 ? O_RDONLY : O_WRONLY) | O_CLOEXEC));
    if (!ends.theirs)
      return system_failure(errno, "/dev/null", "open");
    ends.connected = ends.theirs.get();
    break;
  case process_stream::kind::capture: {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
      return system_failure(errno, "a pipe", "create");
    ends.ours.reset(pipe[0]);
    ends.theirs.reset(pipe[1]);
    ends.connected = pipe[1];
    ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
    break;
  }
  case process_stream::kind::descriptor:
    ends.connected = stream.fd;
    break;
  }
  return ends;
}

/// Reads what is there. False at the end of the stream.
bool drain(int fd, std::string& into, size_t bytes_max) {
  std::array<char, 16384> buffer;
  for (;;) {
    auto count = ::read(fd, buffer.data(), buffer.size());
    if (count > 0) {
      auto room = bytes_max - std::min(bytes_max, into.size());
      into.append(buffer.data(), std::min<size_t>(room, static_cast<size_t>(count)));
    } else if (count == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

std::string value_of(const std::vector<std::string>& environment, std::string_view name) {
  for (const auto& entry : environment)
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return entry.substr(name.size() + 1);
  return {};
}

void end_descendants(const std::vector<unique_fd>& descendants, std::chrono::milliseconds grace) {
  for (int signal : {0, SIGTERM, SIGKILL}) {
    if (signal != 0)
      for (const auto& descendant : descendants)
        signal_pidfd(descendant.get(), signal);
    poll_deadline deadline{std::min(grace, std::chrono::milliseconds{3'600'000})};
    bool all_gone = true;
    for (const auto& descendant : descendants)
      all_gone = await_exit(descendant.get(), std::chrono::milliseconds{deadline.left_ms()}) ==
                     watch_end::exited &&
                 all_gone;
    if (all_gone)
      return;
  }
}

/// Follows one child to its end.
class end_watch {
 public:
  end_watch(int pidfd, pid_t pid, const process_limits& limits, const std::stop_token& stop)
      : pidfd_{pidfd}, pid_{pid}, limits_{limits}, stopped_{stop}, deadline_{limits.time} {}

  /// Handles one round of poll(2). True when the child has ended.
  expected<bool> step(unique_fd& output, std::string& output_text, size_t output_max,
                      unique_fd& errors, std::string& errors_text, size_t errors_max) {
    int stop_fd = end_ == process_end::by_itself ? stopped_.fd() : -1;
    pollfd watched[] = {{pidfd_, POLLIN, 0},
                        {stop_fd, POLLIN, 0},
                        {output.get(), POLLIN, 0},
                        {errors.get(), POLLIN, 0}};
    auto ready = ::poll(watched, 4, deadline_.left_ms());
    if (ready < 0 && errno != EINTR)
      return system_failure(errno, "process " + std::to_string(pid_), "wait for");
    if (ready > 0) {
      if (watched[2].revents != 0 && !drain(output.get(), output_text, output_max))
        output.reset();
      if (watched[3].revents != 0 && !drain(errors.get(), errors_text, errors_max))
        errors.reset();
      if (watched[0].revents != 0)
        return true;
      if (watched[1].revents != 0)
        ask_to_end(process_end::stopped);
    }
    if (ready == 0 && deadline_.is_over())
      end_ == process_end::by_itself ? ask_to_end(process_end::timed_out) : kill();
    return false;
  }

  /// After the child was reaped.
  process_end finish() {
    if (end_ != process_end::by_itself && limits_.await_descendants)
      end_descendants(descendants_, limits_.grace);
    return end_;
  }

 private:
  void ask_to_end(process_end why) {
    end_ = why;
    if (limits_.await_descendants)
      descendants_ = open_descendants(pid_);
    signal_pidfd(pidfd_, SIGTERM);
    deadline_ = poll_deadline{limits_.grace};
  }

  void kill() {
    signal_pidfd(pidfd_, SIGKILL);
    deadline_ = poll_deadline{std::chrono::milliseconds::max()};
  }

  int pidfd_;
  pid_t pid_;
  process_limits limits_;
  stop_event stopped_;
  poll_deadline deadline_;
  process_end end_ = process_end::by_itself;
  std::vector<unique_fd> descendants_;
};

} // namespace

expected<child_process> child_process::start(const process_request& request) {
  if (request.arguments.empty())
    return fail(error_code::internal, "a process", "it has no program");
  const auto& name = request.arguments.front();
  auto search_path = request.environment ? value_of(*request.environment, "PATH") : std::string{};
  auto program = find_program(name, search_path.empty() ? program_search_path() : search_path);
  if (program.empty())
    return fail(error_code::no_such_file, "program " + name, "it is not installed",
                "install it or give its path");

  int above_targets = 3;
  for (const auto& [target, fd] : request.descriptors)
    above_targets = std::max(above_targets, target + 1);

  spawn_plan plan;
  plan.reset_signals(request.new_session);
  plan.enter(request.working_directory);
  std::array<stream_ends, 3> ends;
  const process_stream* streams[] = {&request.input, &request.output, &request.errors};
  int failure = 0;
  for (int target = 0; target < 3; ++target) {
    auto opened = open_stream(*streams[target], target);
    if (!opened)
      return tl::unexpected{opened.error()};
    ends[target] = std::move(*opened);
    if (failure == 0 && ends[target].connected >= 0)
      failure = plan.connect(ends[target].connected, target, above_targets);
  }
  std::vector<int> targets;
  for (const auto& [target, fd] : request.descriptors) {
    targets.push_back(target);
    if (failure == 0)
      failure = plan.connect(fd, target, above_targets);
  }
  plan.close_others(targets, above_targets);

  child_process child;
  if (failure == 0)
    failure = plan.spawn(child.pid_, program, request.arguments, request.environment);
  if (failure != 0)
    return system_failure(failure, "program " + name, "start");
  child.pidfd_ = open_pidfd(child.pid_);
  if (!child.pidfd_) {
    auto error_number = errno;
    ::kill(child.pid_, SIGKILL);
    ::waitpid(child.pid_, nullptr, 0);
    return system_failure(error_number, "program " + name, "watch");
  }
  child.output_ = std::move(ends[1].ours);
  child.errors_ = std::move(ends[2].ours);
  child.output_bytes_max_ = request.output.bytes_max;
  child.errors_bytes_max_ = request.errors.bytes_max;
  return child;
}

child_process::child_process(child_process&&) noexcept = default;

child_process::~child_process() {
  if (!pidfd_)
    return;
  std::stop_source stop;
  stop.request_stop();
  [[maybe_unused]] auto ended = wait({}, stop.get_token());
}

expected<process_result> child_process::wait(const process_limits& limits,
                                             const std::stop_token& stop) {
  if (!pidfd_)
    return fail(error_code::internal, "process " + std::to_string(pid_), "it was waited for twice");
  process_result result;
  end_watch watch{pidfd_.get(), pid_, limits, stop};
  for (bool ended = false; !ended;) {
    auto step = watch.step(output_, result.output, output_bytes_max_, errors_, result.errors,
                           errors_bytes_max_);
    if (!step)
      return tl::unexpected{step.error()};
    ended = *step;
  }
  // What it wrote last; a grandchild may keep the pipe open, so its end is not awaited.
  if (output_)
    drain(output_.get(), result.output, output_bytes_max_);
  if (errors_)
    drain(errors_.get(), result.errors, errors_bytes_max_);

  siginfo_t info{};
  int waited = 0;
  do
    waited = ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED);
  while (waited != 0 && errno == EINTR);
  auto error_number = errno;
  pidfd_.reset();
  if (waited != 0)
    return system_failure(error_number, "process " + std::to_string(pid_), "wait for");
  if (info.si_code == CLD_EXITED)
    result.exit_code = info.si_status;
  else
    result.signal = info.si_status;
  result.end = watch.finish();
  return result;
}

expected<process_result> run_process(const process_request& request, const process_limits& limits,
                                     const std::stop_token& stop) {
  auto child = child_process::start(request);
  if (!child)
    return tl::unexpected{child.error()};
  return child->wait(limits, stop);
}

std::string describe_end(const process_result& result) {
  auto text = result.signal != 0 ? "killed by signal " + std::to_string(result.signal)
                                 : "exit status " + std::to_string(result.exit_code);
  auto line = result.errors.substr(0, result.errors.find('\n'));
  return line.empty() ? text : text + ": " + line;
}

std::string find_program(const std::string& name, const std::string& search_path) {
  auto is_program = [](const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos)
    return is_program(name) ? name : std::string{};
  for (size_t begin = 0; begin <= search_path.size();) {
    auto end = std::min(search_path.find(':', begin), search_path.size());
    auto directory = search_path.substr(begin, end - begin);
    auto path = (directory.empty() ? "." : directory) + "/" + name;
    if (is_program(path))
      return path;
    begin = end + 1;
  }
  return {};
}

std::string program_search_path() {
  const char* value = std::getenv("PATH");
  return value != nullptr && *value != '\0'
             ? value
             : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

} // namespace floe
