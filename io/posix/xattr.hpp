// Extended attributes of a descriptor, of one that O_PATH opened as well.
#pragma once

#include "model/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace floe {

struct extended_attribute {
  std::string name; ///< with its namespace, as `user.origin`
  std::string value;

  friend bool operator==(const extended_attribute&, const extended_attribute&) = default;
};

/// All attributes this process can see, sorted by name. A file system without attributes has none.
/// \p subject names the file in errors.
expected<std::vector<extended_attribute>> read_xattrs(int fd, const std::string& subject);

/// The same of what stands under a name in a directory, a link not followed. Errors also:
/// no_such_file.
expected<std::vector<extended_attribute>>
read_xattrs_of_name(int directory, const std::string& name, const std::string& subject);

/// One attribute, or nothing if the file does not have it.
expected<std::optional<std::string>> read_xattr(int fd, const std::string& name,
                                                const std::string& subject);

/// Sets one attribute.
expected<void> write_xattr(int fd, const extended_attribute& attribute, const std::string& subject);

} // namespace floe
