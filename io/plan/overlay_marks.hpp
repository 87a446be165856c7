// How overlayfs marks in an upper directory, or in a layer, what is to be seen of the layers below.
// Only the `trusted.overlay.` attributes count, which no process of a container can set;
// `user.overlay.` ones, which any can, mean nothing in the mounts that root makes.
#pragma once

#include "io/plan/tree_entry.hpp"

#include <optional>
#include <string>

namespace floe {

/// Whether an entry says that the name is gone: a 0:0 character device, or an empty file with the
/// attribute.
expected<bool> is_whiteout(const tree_entry& entry, const std::string& subject);

/// Whether a directory hides the one of the same name below.
expected<bool> is_opaque(const tree_entry& directory, const std::string& subject);

/// Whether a file has its attributes here and its data below.
expected<bool> is_metacopy(const tree_entry& file, const std::string& subject);

/// The name below that a directory (or a metacopy file) had before it was renamed: a path from the
/// root of the mount with a leading `/`, or a name in the same directory. Fails if the mark makes
/// no sense.
expected<std::optional<std::string>> read_redirect(const tree_entry& entry,
                                                   const std::string& subject);

} // namespace floe
