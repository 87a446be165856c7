// Finds users and groups in the files of a container's root filesystem, which may be hostile: no
// link leads outside of it, nothing but regular files is read, and not too much (behaviours.md
// section 7).
#pragma once

#include "model/finish_spec.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace floe {

/// Resolves `user[:group]` and the groups of `--group-add`. Files that cannot be read count as
/// empty. \p root_path is the mounted root filesystem. Errors: usage.
expected<resolved_user> look_up_user(const std::string& root_path, const std::string& user,
                                     const std::vector<std::string>& groups);

/// The same with the texts of /etc/passwd and /etc/group.
expected<resolved_user> resolve_user(std::string_view passwd, std::string_view group,
                                     const std::string& user,
                                     const std::vector<std::string>& groups);

} // namespace floe
