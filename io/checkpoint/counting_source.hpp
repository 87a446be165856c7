// Says how far the reading of a member has got, and ends it when the restore is cancelled.
#pragma once

#include "io/archive/byte_source.hpp"
#include "model/error.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>

namespace floe {

/// Told how many content bytes were read since the last call; called from the unpacking thread.
using unpack_progress_handler = std::function<void(uint64_t bytes)>;

/// Passes bytes on, counts them, and ends when the restore is cancelled. Borrows all it is given.
class counting_source final : public byte_source {
 public:
  counting_source(byte_source& inner, const unpack_progress_handler& progress,
                  const std::stop_token& stop)
      : inner_{inner}, progress_{progress}, stop_{stop} {}

  ~counting_source() override { tell(); }

  expected<size_t> read(std::span<std::byte> out) override {
    if (stop_.stop_requested())
      return fail(error_code::cancelled, "the restore", "it was cancelled");
    auto got = inner_.read(out);
    if (got) {
      untold_ += *got;
      if (untold_ >= step_bytes)
        tell();
    }
    return got;
  }

 private:
  static constexpr uint64_t step_bytes = uint64_t{8} << 20;

  void tell() {
    if (progress_ && untold_ > 0)
      progress_(untold_);
    untold_ = 0;
  }

  byte_source& inner_;
  const unpack_progress_handler& progress_;
  const std::stop_token& stop_;
  uint64_t untold_ = 0;
};

} // namespace floe
