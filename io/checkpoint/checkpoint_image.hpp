// Images that hold a checkpoint instead of a root filesystem, as `podman container checkpoint
// --create-image` makes them (behaviours.md section 16).
#pragma once

#include "io/container/container_host.hpp"

#include <string>

namespace floe {

/// The directory in which the members of the checkpoint lie; archive_reader opens it. Found by the
/// image's name or id, as find_image does. Errors: no_such_image, ambiguous_name, no_checkpoint (it
/// is an ordinary image).
expected<std::string> find_checkpoint_image(container_host& host, const std::string& name_or_id);

} // namespace floe
