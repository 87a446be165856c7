#include "io/archive/frame_buffers.hpp"

#include <algorithm>
#include <utility>

namespace floe {

namespace {

constexpr size_t spare_buffers_max = 8;
/// What a window and its frame need in archives that floe writes, so that one serves for the other:
/// memory that is not written to costs nothing.
constexpr size_t usual_bytes = (size_t{4} << 20) + (size_t{64} << 10);
/// An archive of many tiny frames is not to take a whole one for each.
constexpr size_t small_bytes = size_t{64} << 10;

} // namespace

std::shared_ptr<frame_buffer> frame_buffers::take(size_t bytes) {
  std::unique_ptr<frame_buffer> buffer;
  {
    const std::lock_guard guard{spare_->mutex};
    const auto found =
        std::ranges::find_if(spare_->buffers, [bytes](const std::unique_ptr<frame_buffer>& spare) {
          return spare->capacity() >= bytes;
        });
    if (found != spare_->buffers.end()) {
      buffer = std::move(*found);
      spare_->buffers.erase(found);
    }
  }
  if (!buffer)
    buffer =
        std::make_unique<frame_buffer>(bytes < small_bytes ? bytes : std::max(bytes, usual_bytes));
  buffer->resize(bytes);
  return {buffer.release(), [spare = spare_](frame_buffer* returned) {
            std::unique_ptr<frame_buffer> owned{returned};
            if (owned->capacity() != usual_bytes)
              return;
            const std::lock_guard guard{spare->mutex};
            if (spare->buffers.size() < spare_buffers_max)
              spare->buffers.push_back(std::move(owned));
          }};
}

} // namespace floe
