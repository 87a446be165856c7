// Mounts in the host's namespace: made private, checked, taken away.
#pragma once

#include "model/error.hpp"

#include <string>

namespace floe {

/// Whether \p path itself is where something is mounted. A path that does not exist is not.
expected<bool> is_mount_point(const std::string& path);

/// Mounts an overlay from names relative to \p directory, so that their lengths do not count: the
/// kernel takes one page of options. \p options as for mount(2), \p target absolute. The mount is
/// private.
expected<void> mount_overlay(const std::string& directory, const std::string& options,
                             const std::string& target);

/// Mounts a tmpfs, nosuid, noexec and nodev, private. \p options as `mode=1777,size=65536000`.
expected<void> mount_tmpfs(const std::string& target, const std::string& name,
                           const std::string& options);

/// Puts what is mounted at \p source in the place of what is mounted on \p target, private. Both
/// see the same files from then on.
expected<void> replace_mount(const std::string& source, const std::string& target);

/// Takes away everything mounted on \p target, layer by layer. What is still in use vanishes from
/// the tree at once and is freed with its last user. Nothing mounted is no error.
expected<void> unmount_all(const std::string& target);

} // namespace floe
