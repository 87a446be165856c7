// Keeps the books of an archive while its frames are appended, and closes them with the tail.
#pragma once

#include "io/archive/archive_index.pb.h"
#include "io/archive/content_digest.hpp"
#include "io/plan/rope.hpp"
#include "io/plan/rope_reader.hpp"
#include "io/pour/window.hpp"
#include "model/archive_notes.hpp"
#include "model/compression.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace floe {

class archive_ledger {
 public:
  archive_ledger(compression method, const archive_notes& notes);

  /// What the archive consists of: one rope, or several, each beginning where the last one ends.
  void add_content(const rope& content);

  /// Where the next frame belongs in the file.
  uint64_t end() const { return end_; }

  /// Frames are added in order, each behind its predecessor.
  void add_frame(const window& content, uint64_t stored_bytes, const content_digest& digest);

  /// A file is remembered once, with the first change that was seen.
  void add_changes(std::vector<file_change> changes);

  const std::vector<file_change>& changes() const { return changes_; }

  struct closing {
    std::string tail;   ///< goes to end()
    std::string digest; ///< of the archive
  };

  /// REQUIRES: all frames were added.
  closing close();

 private:
  compression method_;
  uint64_t end_ = 0;
  archive::Index index_;
  std::vector<file_change> changes_;
  std::set<std::string> changed_paths_;
};

/// The least that these windows of an archive can take on disk: exactly, but for the index, for
/// none and raw; for zstd and gzip what even perfect compression leaves.
uint64_t archive_bytes_min(compression method, std::span<const window> windows);

} // namespace floe
