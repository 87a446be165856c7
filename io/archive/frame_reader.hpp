// Hands out the tar inside of an indexed archive, frame by frame and only after each frame's digest
// was checked.
#pragma once

#include "io/archive/archive_file.hpp"
#include "io/archive/frame_buffers.hpp"
#include "io/archive/index_reader.hpp"

#include <list>
#include <memory>
#include <mutex>

namespace floe {

/// May be used by several threads at once. Keeps the frames that were used last, since small
/// members share one.
class frame_reader {
 public:
  using content = std::shared_ptr<const frame_buffer>;

  /// Both must outlive the reader.
  frame_reader(const archive_file& file, const checked_index& index) : file_{file}, index_{index} {}

  /// What a frame decompresses to. Errors: archive_damaged, archive_unreadable.
  expected<content> frame(size_t number);

  /// The frame that holds an offset in the tar. REQUIRES: it is less than the size of the tar.
  size_t frame_at(uint64_t content_offset) const;

  const checked_index& index() const { return index_; }

 private:
  expected<content> load(size_t number);

  const archive_file& file_;
  const checked_index& index_;
  frame_buffers buffers_;
  std::mutex mutex_; ///< guards what follows
  std::list<std::pair<size_t, content>> recent_;
  uint64_t recent_bytes_ = 0;
};

/// The bytes [from, end) of the tar.
class tar_range_source final : public byte_source {
 public:
  tar_range_source(frame_reader& frames, uint64_t from, uint64_t end)
      : frames_{frames}, position_{from}, end_{end} {}

  expected<size_t> read(std::span<std::byte> out) override;

 private:
  frame_reader& frames_;
  uint64_t position_;
  uint64_t end_;
  frame_reader::content held_; ///< the frame at hand, so that nobody else's reading drops it
  size_t held_number_ = SIZE_MAX;
};

} // namespace floe
