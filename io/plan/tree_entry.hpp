// Things in a directory tree, opened and listed relative to descriptors, no link followed.
#pragma once

#include "io/plan/rope.hpp"
#include "io/posix/beneath.hpp"

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
  bool directory = false;

  friend bool operator==(const listed_name&, const listed_name&) = default;
};

/// What is in a directory, sorted by name. \p handle may be an O_PATH descriptor.
expected<std::vector<listed_name>> list_directory(int handle, const std::string& subject);

/// A path for people: control characters are escaped, so that it stays on its line.
std::string printable(std::string_view path);

/// Joins two relative paths, either of which may be empty.
std::string join_path(std::string_view parent, std::string_view name);

} // namespace floe
