#include "io/posix/await_file.hpp"

#include "io/posix/process_watch.hpp"

#include <array>
#include <poll.h>
#include <sys/inotify.h>

namespace floe {

bool await_file(const std::string& path, int writer_pidfd, std::chrono::milliseconds limit) {
  unique_fd changes{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
  auto directory = path.substr(0, path.rfind('/') + 1);
  if (!changes ||
      ::inotify_add_watch(changes.get(), directory.c_str(), IN_CREATE | IN_MOVED_TO) < 0)
    changes.reset();
  auto exists = [&] { return ::access(path.c_str(), F_OK) == 0; };
  poll_deadline deadline{limit};
  // Looked at after the watch began, so that no change is missed.
  while (!exists()) {
    pollfd watched[] = {{changes.get(), POLLIN, 0}, {writer_pidfd, POLLIN, 0}};
    auto ready = ::poll(watched, 2, deadline.left_ms());
    if ((ready == 0 && deadline.is_over()) || !changes || (ready > 0 && watched[1].revents != 0))
      return exists();
    std::array<char, 4096> events;
    while (::read(changes.get(), events.data(), events.size()) > 0)
      continue;
  }
  return true;
}

} // namespace floe
