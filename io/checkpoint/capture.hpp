// What of a container goes into its archive.
#pragma once

#include "io/checkpoint/checkpoint_session.hpp"

namespace floe {

/// Reads documents only; the paths are looked at by whoever plans them. Errors: no_such_volume,
/// no_such_image.
expected<archive_source> capture_sources(container_host& host, const container_record& record,
                                         const json& running_spec,
                                         const checkpoint_options& options,
                                         const std::string& images);

} // namespace floe
