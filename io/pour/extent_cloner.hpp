// Puts the content of a plain archive into its file by sharing the blocks of the files that it
// comes from, where the file system can do that (FICLONERANGE: XFS, btrfs). The tars are aligned
// for it (FORMAT.md).
#pragma once

#include "io/plan/rope.hpp"
#include "io/pour/window.hpp"
#include "model/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace floe {

/// To be used by one thread at a time. All functions may block.
class extent_cloner {
 public:
  /// \p target is open for writing, and outlives the cloner.
  explicit extent_cloner(int target) : target_{target} {}

  /// Whether the first piece of a file that is worth it can be shared with the target: tried.
  bool works_for(const rope& content);

  /// Puts a window of \p content, whose bytes are \p bytes, into its place. What was not as
  /// \p bytes when its blocks were shared is written over them. Errors: no_space, io_failed.
  expected<void> place(const rope& content, const window& which, std::span<const std::byte> bytes);

 private:
  /// A piece of a file with its place in the archive, both at the border of a block.
  struct piece {
    uint32_t file = 0;
    uint64_t source_offset = 0;
    uint64_t offset = 0;
    uint64_t length = 0;
  };

  static std::vector<piece> pieces_of(const rope& content, uint64_t begin, uint64_t end);
  bool share(const rope& content, const piece& what);

  int target_;
  std::set<uint64_t> refused_; ///< devices whose blocks cannot be shared with the target
};

} // namespace floe
