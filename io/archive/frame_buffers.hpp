// Memory for frames that is used again from frame to frame.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace floe {

/// Bytes whose content is what was there before.
class frame_buffer {
 public:
  explicit frame_buffer(size_t bytes)
      : bytes_{std::make_unique_for_overwrite<std::byte[]>(bytes)}, capacity_{bytes}, size_{bytes} {
  }

  std::span<std::byte> bytes() { return {bytes_.get(), size_}; }
  std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }

  /// REQUIRES: no more than its capacity.
  void resize(size_t bytes) { size_ = bytes; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  size_t capacity_;
  size_t size_;
};

/// Keeps a few buffers that nobody holds any more: the kernel clears all memory that it gives anew,
/// which takes a fifth of the time of decompressing into it. May be used by several threads.
class frame_buffers {
 public:
  /// A buffer that comes back here when it is let go; it may outlive the frame_buffers.
  std::shared_ptr<frame_buffer> take(size_t bytes);

 private:
  struct spare_buffers {
    std::mutex mutex;
    std::vector<std::unique_ptr<frame_buffer>> buffers; ///< guarded by mutex
  };

  std::shared_ptr<spare_buffers> spare_ = std::make_shared<spare_buffers>();
};

} // namespace floe
