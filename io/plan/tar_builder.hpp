// Puts members one behind the other into the rope of one tar.
#pragma once

#include "io/plan/file_facts.hpp"
#include "io/plan/rope.hpp"
#include "io/plan/tar_header.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace floe {

struct tar_builder_options {
  bool align_data = false;   ///< content of 4 KiB and more starts at a multiple of 4096
  bool hard_links = true;    ///< several names of one file become links to the first
  bool sparse = true;        ///< files that are mostly holes become pax 1.0 sparse members
  bool list_members = false; ///< fill rope::members()
  uint64_t begin = 0;        ///< offset in the archive where the first member begins
  bool overlay_upper =
      false; ///< overlayfs' own attributes are expected, so nobody is told that they are left out
};

/// Where a file stands: a tree and the path below it.
struct tree_place {
  std::shared_ptr<const tree_root> tree;
  std::string path;
};

/// The attributes of a file that a tar takes along, sorted by name.
expected<std::vector<extended_attribute>> carried_xattrs(const tree_entry& entry,
                                                         const std::string& subject);

class tar_builder {
 public:
  explicit tar_builder(tar_builder_options options = {})
      : options_{options}, content_{options.begin} {}

  /// Adds a file of which everything is known under \p name. Sockets are skipped with a warning.
  expected<void> add(std::string name, const tree_place& place, const file_facts& facts);

  /// The same for one that is looked at for that.
  expected<void> add(std::string name, const tree_place& place, const tree_entry& entry);

  /// Adds a regular file whose attributes are \p entry's and whose content is another file's.
  expected<void> add_with_data(std::string name, const tree_place& place, const tree_entry& entry,
                               const tree_place& data_place, const tree_entry& data);

  /// Adds a directory of root's that stands nowhere.
  expected<void> add_directory(std::string name, mode_t permissions, int64_t modified_seconds);

  /// Adds a file of root's, mode 0600, with these bytes.
  expected<void> add_document(std::string name, std::string_view bytes, int64_t modified_seconds);

  /// Adds a file of root's, mode 0600, whose content is a rope of its own.
  expected<void> add_rope(std::string name, rope&& content, int64_t modified_seconds);

  /// Notes one line about what is not in the tar or not as it was.
  void warn(std::string line);

  uint64_t entries() const { return entries_; }
  uint64_t file_bytes() const { return file_bytes_; }

  /// Ends the tar with its two zero blocks and gives it away.
  rope finish();

  /// Gives away what there is by now, without an end: more members follow in another rope.
  rope take();
  std::vector<std::string> take_warnings();

 private:
  /// Where the content of a file is, and which parts of it are there.
  struct content_source {
    const tree_place& place;
    const struct stat& status;
    const std::vector<data_range>& ranges;
  };

  expected<void> add_member(std::string name, const file_facts& facts,
                            const content_source& content);
  expected<void> add_content(tar_entry header, const content_source& content);
  expected<void> begin_member(const tar_entry& header);
  void take_attributes(tar_entry& header, const std::vector<extended_attribute>& attributes);
  bool is_further_link(tar_entry& header, const struct stat& status);

  tar_builder_options options_;
  tar_header_maker headers_;
  rope content_;
  uint64_t entries_ = 0;
  uint64_t file_bytes_ = 0;
  std::map<std::pair<dev_t, ino_t>, std::string> first_names_; ///< of files with several names
  std::vector<std::string> warnings_;
  uint64_t warnings_dropped_ = 0;
};

} // namespace floe
