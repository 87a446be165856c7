#include "io/pour/window_fill.hpp"

#include "io/posix/system_error.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace floe {

namespace {

/// From here on a read is worth a trip through the io_engine. It also bounds the descriptors that a
/// window holds open.
constexpr size_t engine_read_bytes_min = size_t{256} << 10;

int64_t read_fully(int fd, uint64_t offset, std::span<std::byte> out) {
  size_t done = 0;
  while (done < out.size()) {
    const auto got =
        ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -errno;
    if (got == 0)
      break;
    done += static_cast<size_t>(got);
  }
  return static_cast<int64_t>(done);
}

std::string path_of(const rope& content, uint32_t file) {
  const auto& planned = content.files()[file];
  return content.trees()[planned.tree]->path + "/" + planned.path;
}

} // namespace

expected<void> window_fill::begin() {
  const auto end = window_.offset + window_.length;
  const auto& segments = content_.segments();
  auto offset = window_.offset;
  for (auto at = content_.segment_at(offset); offset < end; ++at) {
    const auto& each = segments[at];
    const auto skipped = offset - each.offset;
    const auto length = std::min(each.length - skipped, end - offset);
    const auto out = out_.subspan(offset - window_.offset, length);
    switch (each.kind) {
    case segment_kind::literal:
      content_.copy_literal(each, offset, out);
      break;
    case segment_kind::zeros:
      std::ranges::fill(out, std::byte{});
      break;
    case segment_kind::file:
      if (auto done = add_file_range(each, each.source_offset + skipped, out); !done)
        return done;
      break;
    }
    offset += length;
  }
  return {};
}

expected<void> window_fill::add_file_range(const segment& from, uint64_t file_offset,
                                           std::span<std::byte> out) {
  if (sources_.empty() || sources_.back().file != from.file)
    if (auto opened = open(from.file); !opened)
      return opened;
  auto& source = sources_.back();
  if (!source.fd) {
    std::ranges::fill(out, std::byte{});
    return {};
  }
  file_read read{source.fd.get(), file_offset, out, 0, from.file};
  if (out.size() >= engine_read_bytes_min) {
    source.read_later = true;
    reads_.push_back(read);
    return {};
  }
  read.result = read_fully(read.fd, read.offset, read.out);
  return take_result(read);
}

expected<void> window_fill::open(uint32_t file) {
  if (!sources_.empty() && !sources_.back().read_later) {
    close(sources_.back());
    sources_.pop_back();
  }
  auto opened = open_planned_file(content_, file);
  if (!opened)
    return tl::unexpected{std::move(opened.error())};
  note(std::move(opened->change));
  sources_.push_back({file, std::move(opened->fd), false});
  return {};
}

/// Looks whether the file changed while it was read, and gives its descriptor back.
void window_fill::close(source_file& done) {
  if (done.fd)
    note(check_planned_file(content_, done.file, done.fd.get()));
  done.fd.reset();
}

expected<void> window_fill::take_result(const file_read& done) {
  if (done.result < 0)
    return system_failure(static_cast<int>(-done.result), path_of(content_, done.file), "read");
  const auto got = static_cast<size_t>(done.result);
  if (got == done.out.size())
    return {};
  // Whatever fstat says later, these bytes are not the file's.
  std::ranges::fill(done.out.subspan(got), std::byte{});
  note(file_change{path_of(content_, done.file), content_.files()[done.file].size,
                   done.offset + got});
  return {};
}

expected<std::vector<file_change>> window_fill::finish() {
  for (const auto& read : reads_)
    if (auto taken = take_result(read); !taken)
      return tl::unexpected{std::move(taken.error())};
  for (auto& each : sources_)
    close(each);
  return std::move(changes_);
}

void window_fill::note(std::optional<file_change> change) {
  if (!change)
    return;
  const auto same_file = [&](const file_change& known) { return known.path == change->path; };
  if (std::ranges::none_of(changes_, same_file))
    changes_.push_back(std::move(*change));
}

expected<std::vector<file_change>> fill_window(const rope& content, window which,
                                               std::span<std::byte> out) {
  window_fill fill{content, which, out};
  if (auto begun = fill.begin(); !begun)
    return tl::unexpected{std::move(begun.error())};
  for (auto& read : fill.reads())
    read.result = read_fully(read.fd, read.offset, read.out);
  return fill.finish();
}

} // namespace floe
