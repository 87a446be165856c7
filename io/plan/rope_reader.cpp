#include "io/plan/rope_reader.hpp"

#include "io/plan/tree_entry.hpp"
#include "io/posix/system_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

namespace floe {

namespace {

std::string full_path(const rope& content, const planned_file& file) {
  return printable(join_path(content.trees()[file.tree]->path, file.path));
}

file_change change_of(const rope& content, const planned_file& file,
                      std::optional<uint64_t> size = {}) {
  return {full_path(content, file), file.size, size};
}

} // namespace

std::string describe(const file_change& change) {
  if (!change.size)
    return fmt::format("{}: it vanished before it was read; planned {} bytes", change.path,
                       change.planned_size);
  return fmt::format("{}: it changed while it was read: planned {} bytes, found {}", change.path,
                     change.planned_size, *change.size);
}

bool differs(const planned_file& planned, const struct stat& now) {
  return now.st_dev != planned.device || now.st_ino != planned.inode ||
         static_cast<uint64_t>(now.st_size) != planned.size ||
         now.st_ctim.tv_sec != planned.change_seconds ||
         now.st_ctim.tv_nsec != planned.change_nanoseconds;
}

expected<opened_file> open_planned_file(const rope& content, uint32_t file) {
  const auto& planned = content.files()[file];
  const auto& tree = *content.trees()[planned.tree];
  // O_NONBLOCK: a pipe put in the file's place must not hold us up.
  auto fd = open_beneath(tree.directory.get(), planned.path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  opened_file opened;
  if (!fd && (means_vanished(fd.error()) || fd.error() == ENXIO)) {
    opened.change = change_of(content, planned);
    return opened;
  }
  if (!fd)
    return system_failure(fd.error(), full_path(content, planned), "open");
  struct stat status {};
  if (::fstat(fd->get(), &status) != 0)
    return system_failure(errno, full_path(content, planned), "look at");
  if (!S_ISREG(status.st_mode)) {
    opened.change = change_of(content, planned);
    return opened;
  }
  if (differs(planned, status))
    opened.change = change_of(content, planned, static_cast<uint64_t>(status.st_size));
  opened.fd = std::move(*fd);
  return opened;
}

std::optional<file_change> check_planned_file(const rope& content, uint32_t file, int fd) {
  const auto& planned = content.files()[file];
  struct stat status {};
  if (::fstat(fd, &status) != 0)
    return change_of(content, planned);
  if (differs(planned, status))
    return change_of(content, planned, static_cast<uint64_t>(status.st_size));
  return {};
}

expected<void> rope_reader::read(uint64_t offset, std::span<std::byte> out) {
  assert(offset >= content_.begin_offset() && offset + out.size() <= content_.end_offset());
  if (out.empty())
    return {};
  for (auto index = content_.segment_at(offset); !out.empty(); ++index) {
    const auto& part = content_.segments()[index];
    const auto skip = offset - part.offset;
    const auto piece = out.first(std::min<uint64_t>(out.size(), part.length - skip));
    switch (part.kind) {
    case segment_kind::literal:
      content_.copy_literal(part, offset, piece);
      break;
    case segment_kind::zeros:
      std::ranges::fill(piece, std::byte{});
      break;
    case segment_kind::file:
      if (auto done = read_file(part, skip, piece); !done)
        return done;
      break;
    }
    offset += piece.size();
    out = out.subspan(piece.size());
  }
  return {};
}

expected<void> rope_reader::read_file(const segment& part, uint64_t skip,
                                      std::span<std::byte> out) {
  if (auto opened = open(part.file); !opened)
    return opened;
  auto at = part.source_offset + skip;
  while (fd_ && !out.empty()) {
    const auto length = ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(at));
    if (length < 0 && errno == EINTR)
      continue;
    if (length < 0)
      return system_failure(errno, full_path(content_, content_.files()[part.file]), "read");
    if (length == 0) {
      // Shorter than planned. Whatever fstat says later, these bytes are not the file's.
      note(part.file, change_of(content_, content_.files()[part.file], at));
      break;
    }
    at += static_cast<uint64_t>(length);
    out = out.subspan(static_cast<size_t>(length));
  }
  std::ranges::fill(out, std::byte{});
  return {};
}

expected<void> rope_reader::open(uint32_t file) {
  if (file_ == file)
    return {};
  close();
  auto opened = open_planned_file(content_, file);
  if (!opened)
    return tl::unexpected{std::move(opened).error()};
  file_ = file;
  fd_ = std::move(opened->fd);
  note(file, std::move(opened->change));
  return {};
}

void rope_reader::close() {
  if (fd_)
    note(*file_, check_planned_file(content_, *file_, fd_.get()));
  fd_.reset();
  file_.reset();
}

void rope_reader::note(uint32_t file, std::optional<file_change> change) {
  if (change && changed_.insert(file).second)
    changes_.push_back(std::move(*change));
}

const std::vector<file_change>& rope_reader::changes() {
  close();
  return changes_;
}

} // namespace floe
