#include "io/posix/file_lock.hpp"

#include "io/posix/system_error.hpp"

#include <cerrno>
#include <sys/file.h>
#include <sys/stat.h>

namespace floe {

namespace {

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

expected<bool> still_linked(int fd, const std::string& subject) {
  struct stat status {};
  if (::fstat(fd, &status) != 0)
    return system_failure(errno, subject, "fstat");
  return status.st_nlink > 0;
}

} // namespace floe
