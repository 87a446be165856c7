#include "io/posix/file_lock.hpp"

#include "io/posix/system_error.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace floe {

namespace {

constexpr int pause_milliseconds = 5;

int operation_of(lock_mode mode) {
  return mode == lock_mode::shared ? LOCK_SH : LOCK_EX;
}

} // namespace

expected<bool> try_lock(int fd, lock_mode mode, const std::string& subject) {
  while (::flock(fd, operation_of(mode) | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return false;
    if (errno != EINTR)
      return system_failure(errno, subject, "flock");
  }
  return true;
}

expected<void> wait_lock(int fd, lock_mode mode, const std::string& subject) {
  while (::flock(fd, operation_of(mode)) != 0)
    if (errno != EINTR)
      return system_failure(errno, subject, "flock");
  return {};
}

expected<bool> lock_within(int fd, lock_mode mode, std::chrono::milliseconds limit,
                           const std::string& subject) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    auto locked = try_lock(fd, mode, subject);
    if (!locked || *locked || std::chrono::steady_clock::now() >= end)
      return locked;
    pause_before_next_try();
  }
}

void pause_before_next_try() {
  ::poll(nullptr, 0, pause_milliseconds);
}

expected<bool> still_linked(int fd, const std::string& subject) {
  struct stat status {};
  if (::fstat(fd, &status) != 0)
    return system_failure(errno, subject, "fstat");
  return status.st_nlink > 0;
}

} // namespace floe
