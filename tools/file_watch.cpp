#include "tools/file_watch.hpp"

#include "io/posix/system_error.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/inotify.h>

namespace floe {

expected<file_watch> file_watch::make() {
  unique_fd events{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (!events)
    return system_failure(errno, "inotify", "inotify_init1");
  return file_watch{std::move(events)};
}

expected<void> file_watch::add(const std::string& directory) {
  const uint32_t what = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR;
  if (::inotify_add_watch(events_.get(), directory.c_str(), what) < 0)
    return system_failure(errno, directory, "watch",
                          errno == ENOENT ? error_code::no_such_file : error_code::io_failed);
  return {};
}

bool file_watch::wait(int other) {
  std::array<pollfd, 2> waiting{pollfd{events_.get(), POLLIN, 0}, pollfd{other, POLLIN, 0}};
  while (::poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) {
  }
  // What the events say is not needed: whoever waits looks at its files anyway.
  std::array<char, 4096> drained{};
  while (::read(events_.get(), drained.data(), drained.size()) > 0) {
  }
  return waiting[1].revents == 0;
}

} // namespace floe
