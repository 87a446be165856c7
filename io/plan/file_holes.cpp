#include "io/plan/file_holes.hpp"

#include "io/posix/system_error.hpp"

#include <algorithm>
#include <cerrno>

namespace floe {

namespace {

/// Bounds the memory for one file; 32 MiB of ranges.
constexpr size_t ranges_max = size_t{1} << 20;

constexpr uint64_t stat_block_bytes = 512;

/// Where the file goes on at or behind `from` with data or a hole; its size if nothing more of it
/// comes.
tl::expected<uint64_t, int> seek(int fd, uint64_t from, int whence, uint64_t size) {
  const auto found = ::lseek(fd, static_cast<off_t>(from), whence);
  if (found >= 0)
    return std::min(static_cast<uint64_t>(found), size);
  if (errno == ENXIO)
    return size;
  return tl::unexpected{errno};
}

} // namespace

bool may_have_holes(const struct stat& status) {
  return static_cast<uint64_t>(status.st_blocks) * stat_block_bytes <
         static_cast<uint64_t>(status.st_size);
}

expected<std::vector<data_range>> find_data(const tree_entry& entry, const std::string& subject) {
  const auto size = static_cast<uint64_t>(entry.status.st_size);
  std::vector<data_range> ranges{{0, size}};
  if (size == 0)
    ranges.clear();
  if (!may_have_holes(entry.status))
    return ranges;
  const unique_fd file{
      ::open(proc_path(entry.handle.get()).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  if (!file)
    return system_failure(errno, subject, "open");
  ranges.clear();
  for (uint64_t at = 0; at < size;) {
    const auto begin = seek(file.get(), at, SEEK_DATA, size);
    const auto end = begin ? seek(file.get(), *begin, SEEK_HOLE, size) : begin;
    // A file system that knows no holes says so at the first try; then all of the file is data.
    if (!end)
      return std::vector<data_range>{{0, size}};
    if (*begin == size)
      break;
    const bool last = ranges.size() + 1 == ranges_max || *end <= *begin;
    ranges.push_back({*begin, (last ? size : *end) - *begin});
    at = last ? size : *end;
  }
  return ranges;
}

} // namespace floe
