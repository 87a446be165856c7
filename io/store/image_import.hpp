// Turns what people have (a directory, a tar, a saved image) into the layers of an image.
#pragma once

#include "io/store/layer_store.hpp"

namespace floe {

/// Adds the layers and returns the record, without names and not yet in the store. REQUIRES: the
/// images lock is held. Errors: as import_image has them.
expected<image_record> import_layers(const host_settings& settings, const std::string& path,
                                     const std::stop_token& stop);

} // namespace floe
