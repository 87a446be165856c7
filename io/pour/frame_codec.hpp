// Turns the content of a window into a frame that can be decoded on its own (FORMAT.md, section 2).
#pragma once

#include "model/compression.hpp"
#include "model/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace floe {

/// Keeps its working memory from frame to frame; used by one thread at a time.
class frame_codec {
 public:
  virtual ~frame_codec() = default;

  /// Bytes that \p encode needs in `out` for \p content_bytes; 0 if it hands the content through.
  virtual size_t frame_bytes_max(size_t content_bytes) const = 0;

  /// Encodes into \p out and returns the part of it that was used, or \p content itself. REQUIRES:
  /// content is not empty and not larger than window_bytes_max, out is large enough. Errors:
  /// internal, when the library fails.
  virtual expected<std::span<const std::byte>> encode(std::span<const std::byte> content,
                                                      std::span<std::byte> out) = 0;
};

/// \p level 0 is the method's default (zstd 3, gzip 6); raw and none have no level and ignore it.
/// Errors: usage, when the level is out of the method's range; internal, when there is no memory
/// for it.
expected<std::unique_ptr<frame_codec>> make_frame_codec(compression method, int level = 0);

} // namespace floe
