// A rope is planned content: an ordered list of segments over a virtual range of bytes. It says
// what the bytes of an archive, or of a part of it, will be before the first byte of file data is
// read (docs/design.md, "plan, then pour").
#pragma once

#include "io/plan/literal_store.hpp"
#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace floe {

/// A directory whose files a rope refers to. Files are reached from its descriptor only, never by
/// an absolute path, so that a link planted below cannot lead outside.
struct tree_root {
  unique_fd directory; ///< O_PATH | O_DIRECTORY
  std::string path;    ///< for messages only
};

/// A file as the plan saw it. The pour compares, cuts or fills with zeros to the planned size, and
/// reports a change.
struct planned_file {
  uint32_t tree = 0; ///< index into rope::trees()
  std::string path;  ///< relative to the tree
  uint64_t size = 0;
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t change_seconds = 0; ///< st_ctime
  uint32_t change_nanoseconds = 0;
};

enum class segment_kind : uint8_t { literal, file, zeros };

struct segment {
  uint64_t offset = 0;        ///< in the archive
  uint64_t length = 0;        ///< bytes, never 0
  uint64_t source_offset = 0; ///< in the literal bytes or in the file
  uint32_t file = 0;          ///< index into rope::files(), for segment_kind::file
  segment_kind kind = segment_kind::zeros;
};

/// A member of the outer tar: what the index names and what readers open.
struct planned_member {
  std::string name;
  uint64_t header_offset = 0; ///< of its first header block
  uint64_t data_offset = 0;   ///< of its first content byte
  uint64_t size = 0;          ///< of its content
  char type = '0';            ///< ustar type flag: '0' file, '5' directory
};

/// Immutable once built; then it may be read by several threads at once.
class rope {
 public:
  rope() = default;
  /// What stands in the archive from offset \p begin on; the offsets of segments and members count
  /// from the beginning of the archive.
  explicit rope(uint64_t begin) : begin_{begin}, end_{begin} {}

  uint64_t begin_offset() const { return begin_; }
  uint64_t end_offset() const { return end_; }
  uint64_t size() const { return end_ - begin_; }
  const std::vector<segment>& segments() const { return segments_; }
  const std::vector<planned_file>& files() const { return files_; }
  const std::vector<std::shared_ptr<const tree_root>>& trees() const { return trees_; }
  const std::vector<planned_member>& members() const { return members_; }

  /// Index of the segment that holds \p offset. REQUIRES: it is in [begin_offset(), end_offset()).
  size_t segment_at(uint64_t offset) const;

  /// Copies bytes [from, from + out.size()) of a literal segment. REQUIRES: they lie inside of the
  /// segment.
  void copy_literal(const segment& literal, uint64_t from, std::span<std::byte> out) const;

  // -- building -------------------------------------------------------------

  void append_literal(std::string_view bytes);

  /// Shorter runs than a tar block become part of the literals.
  void append_zeros(uint64_t length);

  /// Zeros up to the next multiple of \p alignment.
  void pad_to(uint64_t alignment);

  /// The tree's index; a tree that is known already gets the index it has.
  uint32_t add_tree(std::shared_ptr<const tree_root> tree);
  uint32_t add_file(planned_file file);
  void append_file(uint32_t file, uint64_t source_offset, uint64_t length);

  /// Puts another rope behind this one: its segments, files and trees. Its members are dropped:
  /// they are inside now. REQUIRES: it begins at 0.
  void append(rope&& other);

  void add_member(planned_member member) { members_.push_back(std::move(member)); }

 private:
  void append_segment(segment next);

  uint64_t begin_ = 0;
  uint64_t end_ = 0;
  std::vector<segment> segments_;
  std::vector<planned_file> files_;
  std::vector<std::shared_ptr<const tree_root>> trees_;
  std::vector<planned_member> members_;
  literal_store literals_;
};

} // namespace floe
