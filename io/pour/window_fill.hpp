// Produces the bytes of one window of a rope: literals are copied, zeros set, files read.
#pragma once

#include "io/plan/rope.hpp"
#include "io/plan/rope_reader.hpp"
#include "io/pour/window.hpp"
#include "model/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace floe {

/// Fills one window in three steps, so that its large reads can go through an io_engine: begin(),
/// then each of reads() in any order and from any thread, then finish(). begin() and finish()
/// block. Small extents are read by begin(): opening and closing their files costs more than the
/// read.
///
/// A file that is shorter than planned, or gone, is filled with zeros to its planned size and
/// reported; what cannot be read is an error.
class window_fill {
 public:
  /// A read that is left to the caller.
  struct file_read {
    int fd = -1;
    uint64_t offset = 0; ///< in the file
    std::span<std::byte> out;
    int64_t result = 0; ///< to be set: bytes read (fewer only at the end of the file), or -errno
    uint32_t file = 0;  ///< index into rope::files()
  };

  /// \p out has the window's length. Both \p content and \p out stay the caller's.
  window_fill(const rope& content, window which, std::span<std::byte> out)
      : content_{content}, window_{which}, out_{out} {}

  /// Errors: io_failed, naming the file.
  expected<void> begin();

  std::span<file_read> reads() { return reads_; }

  /// The files of this window that were not what the plan saw, each once. Errors: io_failed, naming
  /// the file.
  expected<std::vector<file_change>> finish();

 private:
  struct source_file {
    uint32_t file = 0;
    unique_fd fd;
    bool read_later = false; ///< one of reads() needs the descriptor
  };

  expected<void> add_file_range(const segment& from, uint64_t file_offset,
                                std::span<std::byte> out);
  expected<void> open(uint32_t file);
  void close(source_file& done);
  expected<void> take_result(const file_read& done);
  void note(std::optional<file_change> change);

  const rope& content_;
  window window_;
  std::span<std::byte> out_;
  std::vector<source_file> sources_;
  std::vector<file_read> reads_;
  std::vector<file_change> changes_;
};

/// All steps at once, on the calling thread.
expected<std::vector<file_change>> fill_window(const rope& content, window which,
                                               std::span<std::byte> out);

} // namespace floe
