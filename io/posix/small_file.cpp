#include "io/posix/small_file.hpp"

#include "io/posix/system_error.hpp"
#include "io/posix/unique_fd.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>

namespace floe {

namespace {

int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    auto count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno != EINTR)
      return errno;
    if (count > 0)
      text.remove_prefix(static_cast<size_t>(count));
  }
  return 0;
}

} // namespace

expected<void> write_file(const std::string& path, std::string_view text, mode_t mode) {
  auto temporary = path + ".XXXXXX";
  unique_fd file{::mkostemp(temporary.data(), O_CLOEXEC)};
  if (!file)
    return system_failure(errno, path, "create");
  auto failure = write_all(file.get(), text);
  if (failure == 0 && ::fchmod(file.get(), mode) != 0)
    failure = errno;
  file.reset();
  if (failure == 0 && ::rename(temporary.c_str(), path.c_str()) != 0)
    failure = errno;
  if (failure != 0) {
    ::unlink(temporary.c_str());
    return system_failure(failure, path, "write");
  }
  return {};
}

} // namespace floe
