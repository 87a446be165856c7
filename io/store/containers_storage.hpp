// The images of the host's containers-storage, which Podman, Buildah and CRI-O share: found and
// read, never changed.
#pragma once

#include "io/store/store.hpp"

#include <string>
#include <vector>

namespace floe {

/// Where the storage is: graphroot and additionalimagestores of a storage.conf, by default
/// /var/lib/containers/storage. \p configuration is its path; empty: CONTAINERS_STORAGE_CONF, then
/// /etc/containers/storage.conf, which need not exist. No directory if the driver is not overlay.
/// Errors: usage for a file that is no TOML.
expected<std::vector<std::string>> containers_storage_roots(const std::string& configuration = {});

/// All images below one root, read_only, with Podman's ids and names, the newest first. A directory
/// that is no storage has none; an image that is not there completely is left out. Errors:
/// bad_image for lists that cannot be read.
expected<std::vector<image_record>> containers_storage_images(const std::string& root);

} // namespace floe
