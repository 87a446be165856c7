// Where bytes come from, in order.
#pragma once

#include "model/error.hpp"

#include <cstddef>
#include <span>

namespace floe {

class byte_source {
 public:
  virtual ~byte_source() = default;

  /// Fills the front of \p out and returns how many bytes that were; 0 at the end. An error is
  /// final.
  virtual expected<size_t> read(std::span<std::byte> out) = 0;
};

} // namespace floe
