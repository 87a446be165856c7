#include "io/posix/process_watch.hpp"

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <set>
#include <string>
#include <sys/eventfd.h>
#include <sys/syscall.h>

namespace floe {

namespace {

constexpr size_t descendants_max = 1024;

void list_descendants(pid_t pid, std::vector<pid_t>& found) {
  std::error_code failure;
  auto tasks = std::filesystem::path{"/proc"} / std::to_string(pid) / "task";
  for (std::filesystem::directory_iterator entry{tasks, failure}, end; !failure && entry != end;
       entry.increment(failure)) {
    std::ifstream children{entry->path() / "children"};
    for (pid_t child = 0; children >> child && found.size() < descendants_max;) {
      found.push_back(child);
      list_descendants(child, found);
    }
  }
}

} // namespace

stop_event::stop_event(const std::stop_token& stop) {
  if (!stop.stop_possible())
    return;
  fd_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd_)
    return;
  callback_.emplace(stop, [fd = fd_.get()] {
    uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(fd, &one, sizeof one);
  });
}

poll_deadline::poll_deadline(std::chrono::milliseconds from_now) {
  // Beyond a day nobody notices the difference to never, and the sum cannot overflow.
  if (from_now < std::chrono::hours{24 * 365})
    at_ = std::chrono::steady_clock::now() + from_now;
}

int poll_deadline::left_ms() const {
  if (!at_)
    return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(*at_ - std::chrono::steady_clock::now());
  if (left.count() <= 0)
    return 0;
  return static_cast<int>(std::min<int64_t>(left.count(), 3'600'000));
}

watch_end await_exit(int pidfd, std::chrono::milliseconds limit, const std::stop_token& stop) {
  stop_event stopped{stop};
  poll_deadline deadline{limit};
  for (;;) {
    pollfd watched[] = {{pidfd, POLLIN, 0}, {stopped.fd(), POLLIN, 0}};
    auto ready = ::poll(watched, 2, deadline.left_ms());
    if (ready > 0 && watched[0].revents != 0)
      return watch_end::exited;
    if (ready > 0 && watched[1].revents != 0)
      return watch_end::stopped;
    if (ready == 0 && deadline.is_over())
      return watch_end::timed_out;
    if (ready < 0 && errno != EINTR)
      return watch_end::timed_out;
  }
}

unique_fd open_pidfd(pid_t pid) {
  return unique_fd{pid > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)) : -1};
}

bool signal_pidfd(int pidfd, int signal) {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0;
}

unique_fd open_process_with_arguments(const std::vector<std::string>& arguments) {
  const auto has_it = [&](const std::filesystem::path& process) {
    std::ifstream words{process / "cmdline"};
    std::set<std::string> missing{arguments.begin(), arguments.end()};
    for (std::string word; !missing.empty() && std::getline(words, word, '\0');)
      missing.erase(word);
    return missing.empty();
  };
  std::error_code failure;
  for (std::filesystem::directory_iterator entry{"/proc", failure}, end; !failure && entry != end;
       entry.increment(failure)) {
    pid_t pid = 0;
    const auto name = entry->path().filename().string();
    const auto read = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (read.ec != std::errc{} || read.ptr != name.data() + name.size() || !has_it(entry->path()))
      continue;
    // The number may be another process's by now, so it is looked at again once it is held.
    if (auto held = open_pidfd(pid); held && has_it(entry->path()))
      return held;
  }
  return {};
}

expected<void> await_process_with_arguments(const std::vector<std::string>& arguments,
                                            std::chrono::milliseconds limit,
                                            const std::string& subject) {
  const auto process = open_process_with_arguments(arguments);
  if (!process || await_exit(process.get(), limit) == watch_end::exited)
    return {};
  return fail(error_code::timed_out, subject,
              "a process that was left behind is at work on it and does not end",
              "look for it with ps, and try again when it is gone");
}

std::vector<unique_fd> open_descendants(pid_t pid) {
  std::vector<pid_t> found;
  list_descendants(pid, found);
  std::vector<unique_fd> opened;
  for (auto descendant : found)
    if (auto fd = open_pidfd(descendant))
      opened.push_back(std::move(fd));
  return opened;
}

} // namespace floe
