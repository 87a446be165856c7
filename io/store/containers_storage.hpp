// The images of the host's containers-storage, which Podman, Buildah and CRI-O share: found and
// read, never changed.
#pragma once

#include "io/store/store.hpp"

#include <string>
#include <vector>

namespace floe {

/// Where the storage is: `graphroot` of \p configuration (storage.conf), by default
/// /var/lib/containers/storage.
expected<std::string>
containers_storage_root(const std::string& configuration = "/etc/containers/storage.conf");

/// All its images, read_only, with Podman's ids and names. A host without such a storage, or one
/// with another driver than overlay, has none. An image that cannot be read is left out.
expected<std::vector<image_record>> containers_storage_images(const std::string& storage_root);

} // namespace floe
