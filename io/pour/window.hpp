// Cuts a rope into windows, the units of pouring: each becomes one frame (FORMAT.md, section 2).
#pragma once

#include "io/plan/rope.hpp"

#include <cstdint>
#include <vector>

namespace floe {

struct window {
  uint64_t offset = 0; ///< in the archive's content
  uint32_t length = 0; ///< never 0

  friend bool operator==(const window&, const window&) = default;
};

/// 4 MiB: large enough that a frame of its own costs less than a percent of compression and one
/// message per window is nothing, small enough that many fit into memory.
constexpr uint32_t window_bytes_default = uint32_t{4} << 20;
constexpr uint32_t window_bytes_max = uint32_t{1} << 27;

/// Windows of at most \p window_bytes: a member as large as a window begins one, and the
/// end-of-archive blocks are alone in the last, unless another rope follows and has them. REQUIRES:
/// 0 < window_bytes <= window_bytes_max.
std::vector<window> cut_windows(const rope& content, uint32_t window_bytes = window_bytes_default,
                                bool ends_archive = true);

} // namespace floe
