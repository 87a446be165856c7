#include "io/pour/extent_cloner.hpp"

#include "io/plan/rope_reader.hpp"
#include "io/plan/tar_header.hpp"
#include "io/posix/system_error.hpp"

#include <algorithm>
#include <cerrno>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace floe {

namespace {

/// Sharing less saves nothing: each piece has a record of its own in the file system.
constexpr uint64_t piece_bytes_min = uint64_t{64} << 10;
constexpr uint64_t block_bytes = tar_alignment_bytes;

expected<void> write_at(int file, uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto count = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return system_failure(errno, "the archive", "write");
    offset += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return {};
}

} // namespace

std::vector<extent_cloner::piece> extent_cloner::pieces_of(const rope& content, uint64_t begin,
                                                           uint64_t end) {
  std::vector<piece> pieces;
  const auto& segments = content.segments();
  for (auto at = content.segment_at(begin); at < segments.size() && segments[at].offset < end;
       ++at) {
    const auto& each = segments[at];
    const auto first = std::max(each.offset, begin);
    const auto last = std::min(each.offset + each.length, end);
    const auto from = (first + block_bytes - 1) / block_bytes * block_bytes;
    const auto to = last / block_bytes * block_bytes;
    if (each.kind != segment_kind::file || from >= to || to - from < piece_bytes_min)
      continue;
    const auto source = each.source_offset + (from - each.offset);
    if (source % block_bytes == 0)
      pieces.push_back({each.file, source, from, to - from});
  }
  return pieces;
}

/// False if the blocks are not shared, or if they may not be those that were planned.
bool extent_cloner::share(const rope& content, const piece& what) {
  const auto& planned = content.files()[what.file];
  if (refused_.contains(planned.device))
    return false;
  const auto source = open_planned_file(content, what.file);
  if (!source || source->change || !source->fd)
    return false;
  file_clone_range range{};
  range.src_fd = source->fd.get();
  range.src_offset = what.source_offset;
  range.src_length = what.length;
  range.dest_offset = what.offset;
  if (::ioctl(target_, FICLONERANGE, &range) != 0) {
    if (errno == EOPNOTSUPP || errno == EXDEV || errno == EINVAL || errno == ENOTTY)
      refused_.insert(planned.device);
    return false;
  }
  return !check_planned_file(content, what.file, source->fd.get());
}

bool extent_cloner::works_for(const rope& content) {
  if (content.size() == 0)
    return false;
  for (const auto& segment : content.segments()) {
    if (segment.kind != segment_kind::file || segment.length < piece_bytes_min)
      continue;
    const auto pieces = pieces_of(content, segment.offset, segment.offset + segment.length);
    if (!pieces.empty())
      return share(content, pieces.front());
  }
  return false;
}

expected<void> extent_cloner::place(const rope& content, const window& which,
                                    std::span<const std::byte> bytes) {
  const auto end = which.offset + which.length;
  auto written = which.offset;
  const auto write_up_to = [&](uint64_t offset) -> expected<void> {
    const auto rest = bytes.subspan(written - which.offset, offset - written);
    return write_at(target_, std::exchange(written, offset), rest);
  };
  for (const auto& piece : pieces_of(content, which.offset, end)) {
    if (!share(content, piece))
      continue; // it is written with what comes next
    if (auto done = write_up_to(piece.offset); !done)
      return done;
    written = piece.offset + piece.length;
  }
  return write_up_to(end);
}

} // namespace floe
