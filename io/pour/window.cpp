#include "io/pour/window.hpp"

#include "io/archive/archive_tail.hpp"

#include <algorithm>
#include <cassert>

namespace floe {

namespace {

/// Where a window has to begin: at members that fill one.
std::vector<uint64_t> forced_beginnings(const rope& content, uint32_t window_bytes) {
  std::vector<uint64_t> out;
  for (const auto& member : content.members())
    if (member.data_offset + member.size - member.header_offset >= window_bytes)
      out.push_back(member.header_offset);
  std::ranges::sort(out);
  return out;
}

} // namespace

std::vector<window> cut_windows(const rope& content, uint32_t window_bytes, bool ends_archive) {
  assert(window_bytes > 0 && window_bytes <= window_bytes_max);
  const auto total = content.end_offset();
  const auto end = ends_archive && content.size() > tail_format::end_blocks_bytes
                       ? total - tail_format::end_blocks_bytes
                       : total;
  const auto forced = forced_beginnings(content, window_bytes);
  auto next_forced = forced.begin();
  std::vector<window> out;
  out.reserve(content.size() / window_bytes + forced.size() + 2);
  for (auto offset = content.begin_offset(); offset < end;
       offset = out.back().offset + out.back().length) {
    next_forced = std::upper_bound(next_forced, forced.end(), offset);
    auto limit = std::min(end, offset + window_bytes);
    if (next_forced != forced.end())
      limit = std::min(limit, *next_forced);
    out.push_back({offset, static_cast<uint32_t>(limit - offset)});
  }
  if (end < total)
    out.push_back({end, static_cast<uint32_t>(total - end)});
  return out;
}

} // namespace floe
