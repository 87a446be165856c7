// The root filesystem of a native container: an overlay of its image's layers and a directory of
// its own, or a directory of the user's as it is.
#pragma once

#include "io/container/host_settings.hpp"
#include "io/store/store.hpp"
#include "model/container.hpp"

#include <string>
#include <vector>

namespace floe {

/// What a container's root filesystem is made of.
struct root_filesystem_layers {
  std::string upper;               ///< what the container changed; empty for an external rootfs
  std::vector<std::string> lowers; ///< topmost first; the directory itself for an external rootfs
};

/// Does not need anything to be mounted. \p image is not looked at for an external rootfs.
root_filesystem_layers root_layers(const host_settings& settings, const container_config& config,
                                   const image_record& image);

/// Mounts it and returns where: `ROOT/containers/ID/merged`, or the external rootfs as it is.
/// Idempotent. Errors: bad_image (no layers, or more than overlayfs takes), no_such_file,
/// io_failed.
expected<std::string> mount_root_filesystem(const host_settings& settings,
                                            const container_config& config,
                                            const image_record& image);

/// Idempotent; also after a reboot that has taken the mount away.
expected<void> unmount_root_filesystem(const host_settings& settings,
                                       const container_config& config);

expected<bool> root_filesystem_mounted(const host_settings& settings,
                                       const container_config& config);

/// Unmounts it and removes what the container changed. An external rootfs is left alone.
expected<void> remove_root_filesystem(const host_settings& settings,
                                      const container_config& config);

/// Mounts the container's /dev/shm at config.shm_directory (behaviours.md section 11.8); nothing to
/// do if that is empty. Idempotent.
expected<void> mount_shared_memory(const container_config& config);
expected<void> unmount_shared_memory(const container_config& config);

/// Copies what the image has at \p destination into a volume that is empty, with the owner and mode
/// of the directory. \p merged is the mounted root filesystem; links in \p destination are resolved
/// inside of it. Returns whether there was something to copy.
expected<bool> copy_up_volume(const std::string& merged, const std::string& destination,
                              const std::string& volume_directory);

} // namespace floe
