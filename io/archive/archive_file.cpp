#include "io/archive/archive_file.hpp"

#include "io/archive/archive_damage.hpp"
#include "io/posix/system_error.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace floe {

expected<archive_file> archive_file::open(const std::string& path) {
  // Without O_NONBLOCK a FIFO in the place of an archive would never open.
  unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!file && errno == ENOENT)
    return fail(error_code::archive_unreadable, path, "there is no such archive",
                "check its path, or mount what it is on");
  if (!file)
    return system_failure(errno, path, "open the archive", error_code::archive_unreadable);
  struct stat found {};
  if (::fstat(file.get(), &found) != 0)
    return system_failure(errno, path, "look at the archive", error_code::archive_unreadable);
  if (!S_ISREG(found.st_mode))
    return fail(error_code::archive_unreadable, path, "it is no regular file",
                "give the path of an archive");
  return archive_file{path, std::move(file), static_cast<uint64_t>(found.st_size)};
}

expected<void> archive_file::read_at(uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const auto got = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return system_failure(errno, path_, "read the archive", error_code::archive_unreadable);
    if (got == 0)
      return damaged_archive(path_, "it ends too early");
    out = out.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
  return {};
}

expected<std::string> archive_file::read_at(uint64_t offset, size_t length) const {
  std::string out(length, '\0');
  if (auto done = read_at(offset, std::as_writable_bytes(std::span{out})); !done)
    return tl::unexpected{done.error()};
  return out;
}

expected<size_t> archive_file_source::read(std::span<std::byte> out) {
  const auto count = static_cast<size_t>(std::min<uint64_t>(out.size(), file_.size() - position_));
  if (count == 0)
    return size_t{0};
  if (auto done = file_.read_at(position_, out.first(count)); !done)
    return tl::unexpected{done.error()};
  position_ += count;
  return count;
}

} // namespace floe
