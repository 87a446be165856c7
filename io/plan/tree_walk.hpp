// Walks a directory tree that somebody else may be changing: every step is relative to a
// descriptor, no link is followed, and a bounded number of descriptors is open at a time however
// deep the tree is.
#pragma once

#include "io/plan/rope.hpp"
#include "io/posix/beneath.hpp"

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace floe {

/// Directories within directories. Linux has no limit of its own; a tree deeper than this is an
/// attack or an accident.
inline constexpr size_t tree_depth_max = 4096;

/// One thing in a tree as it was when it was opened.
struct tree_entry {
  unique_fd handle; ///< O_PATH, of the link itself if it is one
  struct stat status {};
  bool mount_point = false; ///< something else is mounted there: status is that thing's
};

/// Opens what stands at \p path below a directory. The error is an errno.
tl::expected<tree_entry, int> open_entry(int directory, std::string_view path);

/// Whether an errno says that somebody took the file away, or put something else in the way, since
/// it was listed.
bool means_vanished(int error_number);

struct listed_name {
  std::string name;
  bool directory = false; ///< as the listing has it; false if it does not say

  friend bool operator==(const listed_name&, const listed_name&) = default;
};

/// What is in a directory, sorted by name. \p handle may be an O_PATH descriptor.
expected<std::vector<listed_name>> list_directory(int handle, const std::string& subject);

/// A path for people: control characters are escaped, so that it stays on its line.
std::string printable(std::string_view path);

/// Joins two relative paths, either of which may be empty.
std::string join_path(std::string_view parent, std::string_view name);

struct tree_visitor {
  /// Called with the path relative to the tree, empty for its root; a directory before what is in
  /// it.
  std::function<expected<void>(const std::string& path, const tree_entry& entry)> visit;
  /// Called with one line about something that had to be left out.
  std::function<void(std::string line)> warn;
};

/// Visits \p start (relative to the tree, empty: the tree itself) and all below it. Within a
/// directory first what is not a directory, then the directories with all they contain, each in the
/// order of their names. Other mounts are visited but not entered. Fails if \p start cannot be
/// opened; what vanishes during the walk is only warned about.
expected<void> walk_tree(const tree_root& tree, const std::string& start,
                         const tree_visitor& visitor, const std::stop_token& stop);

} // namespace floe
