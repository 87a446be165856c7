// What a tar has to know of a file beside its content. It can be looked up for many files at once
// and in any order.
#pragma once

#include "io/plan/file_holes.hpp"
#include "io/plan/tree_entry.hpp"
#include "io/posix/xattr.hpp"

#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace floe {

struct file_facts {
  struct stat status {};
  bool mount_point = false; ///< something else is mounted there: the rest is that thing's
  std::vector<extended_attribute> attributes; ///< all of them, sorted by name; none of a socket
  std::string link_target;
  std::vector<data_range> data; ///< of a regular file
};

/// Looks at what was opened. \p subject names it in errors.
expected<file_facts> look_at(const tree_entry& entry, const std::string& subject);

/// Looks at what stands under a name in a directory, without opening it where that is possible;
/// nothing if there is nothing any more. No link is followed. What is looked at may be swapped
/// meanwhile: the pour compares it with \p status.
expected<std::optional<file_facts>> look_at_name(int directory, const std::string& name,
                                                 const std::string& subject);

} // namespace floe
