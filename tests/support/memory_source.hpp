// A byte source that has its bytes in memory.
#pragma once

#include "io/archive/byte_source.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace floe::test {

/// Bytes in memory, handed out in pieces of at most \p piece_bytes.
class memory_source final : public byte_source {
 public:
  explicit memory_source(std::string bytes, size_t piece_bytes = 100'000)
      : bytes_{std::move(bytes)}, piece_bytes_{piece_bytes} {}

  expected<size_t> read(std::span<std::byte> out) override {
    const auto count = std::min({out.size(), bytes_.size() - used_, piece_bytes_});
    std::memcpy(out.data(), bytes_.data() + used_, count);
    used_ += count;
    return count;
  }

 private:
  std::string bytes_;
  size_t piece_bytes_;
  size_t used_ = 0;
};

} // namespace floe::test
