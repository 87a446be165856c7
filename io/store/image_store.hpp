// Images on disk and in the store: imported, found by name, removed. Layers are kept once, by the
// digest of their tar, and shared between images.
#pragma once

#include "io/container/host_settings.hpp"
#include "io/store/store.hpp"
#include "model/image_config.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// Imports what is at \p path under a name: a root filesystem as a directory (copied) or as a tar
/// (plain, gzip, zstd, xz or bzip2), an OCI image layout as a directory or as a tar, or a
/// docker-archive as `podman save` writes it. Digests of blobs and layers are checked; nothing of
/// an import that fails stays. An older image loses the name to this one. Errors: no_such_file,
/// bad_image, usage (name), no_space, cancelled.
expected<image_record> import_image(store& state, const host_settings& settings,
                                    const std::string& path, const std::string& name,
                                    const std::stop_token& stop = {});

/// Finds an image by its name (as given, then as localhost/NAME:latest, then as
/// docker.io/library/NAME:latest), its id or an unambiguous prefix of that: floe's own first, then
/// those of the host's containers-storage. Errors: no_such_image, ambiguous_name.
expected<image_record> find_image(store& state, const host_settings& settings,
                                  const std::string& name_or_id);

/// floe's own images and, behind them, those of the host's containers-storage.
expected<std::vector<image_record>> list_images(store& state, const host_settings& settings);

/// Removes one of floe's own images, and the layers that no other image needs. Given by a name that
/// is not its only one, only the name goes. Errors: no_such_image, image_in_use unless \p force
/// (the caller has removed the containers first), usage (it belongs to the containers-storage).
expected<void> remove_image(store& state, const host_settings& settings,
                            const std::string& name_or_id, bool force = false);

} // namespace floe
