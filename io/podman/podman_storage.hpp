// Where the files of a container of Podman are: the layers that containers-storage keeps for it.
#pragma once

#include "io/podman/podman_settings.hpp"

#include <string>
#include <vector>

namespace floe {

struct podman_layers {
  std::string upper;               ///< directory with what the container changed
  std::string merged;              ///< where the root filesystem is mounted while it is
  std::vector<std::string> lowers; ///< directories of the image's layers, the topmost first
};

/// The layers of a container, read from the storage's lists as containers-storage 1.43 and later
/// write them (overlay-containers/containers.json, overlay/LAYER/lower). Errors: no_such_container
/// for one that the storage does not have, as one with an external root filesystem; unsupported for
/// another driver than overlay; database_damaged for lists that cannot be understood or lead
/// elsewhere.
expected<podman_layers> podman_container_layers(const podman_settings& settings,
                                                const std::string& container_id);

} // namespace floe
