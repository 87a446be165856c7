// The memory of one window on its way into an archive. Slots go from hand to hand; the bytes stay
// where they are.
#pragma once

#include "io/archive/content_digest.hpp"
#include "io/plan/rope.hpp"
#include "io/plan/rope_reader.hpp"
#include "io/posix/worker_pool.hpp"
#include "io/pour/io_engine.hpp"
#include "io/pour/window.hpp"
#include "model/error.hpp"
#include "model/operation_result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace floe {

/// Used by one thread at a time: by whoever has been asked to fill or compress it, until the reply.
class window_slot {
 public:
  window_slot(size_t content_bytes_max, size_t frame_bytes_max)
      : content_bytes_{std::make_unique_for_overwrite<std::byte[]>(content_bytes_max)},
        frame_bytes_{std::make_unique_for_overwrite<std::byte[]>(frame_bytes_max)},
        frame_bytes_max_{frame_bytes_max} {}

  std::span<std::byte> content_bytes() const { return {content_bytes_.get(), which.length}; }
  std::span<std::byte> frame_bytes() const { return {frame_bytes_.get(), frame_bytes_max_}; }

  size_t index = 0;                    ///< of the window in the archive
  std::shared_ptr<const rope> content; ///< what it is a window of
  window which;
  std::vector<file_change> changes;  ///< after filling
  std::span<const std::byte> stored; ///< after compressing: the frame
  content_digest digest{};           ///< after compressing: of the frame
  window_times times;                ///< noted by whoever has it

 private:
  std::unique_ptr<std::byte[]> content_bytes_;
  std::unique_ptr<std::byte[]> frame_bytes_;
  size_t frame_bytes_max_;
};

/// Fills the slot's content: small files on a worker of \p pool, large reads through \p engine. \p
/// done is called once, on a thread of either. Both outlive the call and what it started.
void fill_slot_content(std::shared_ptr<window_slot> slot, io_engine& engine, worker_pool& pool,
                       std::function<void(expected<void>)> done);

} // namespace floe
