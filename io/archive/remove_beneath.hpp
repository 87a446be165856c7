// Removes what lies below a directory, never what a symlink in it points to.
#pragma once

#include <string>
#include <string_view>

namespace floe {

/// Removes a file, or a directory with everything in it. \p path is cleaned and relative to \p
/// root. Returns 0 or an errno; what does not exist is ENOENT, a symlink on the way ELOOP.
int remove_beneath(int root, const std::string& path);

} // namespace floe
