// How an archive is compressed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace floe {

enum class compression : uint8_t {
  zstd = 0, ///< the default
  gzip = 1,
  none = 2, ///< a plain tar
  raw = 3,  ///< zstd frames of raw blocks: no compression, full protection
};

/// `zstd`, `gzip`, `none`, `raw`, in any case.
std::optional<compression> compression_from_string(std::string_view name);
std::string_view to_string(compression method);

} // namespace floe
