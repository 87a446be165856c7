// The OCI specification in the bundle of a container of Podman's, which `podman container restore`
// gives to the runtime (behaviours.md section 17.5 steps 11 and 16).
#pragma once

#include "model/error.hpp"
#include "model/joined_namespaces.hpp"

#include <string>
#include <vector>

namespace floe {

/// Adds the hook of model/loopback_hook.hpp to `BUNDLE/config.json`. Podman writes that file anew
/// when it starts the container. Errors: those of reading and writing it.
expected<void> add_loopback_hook(const std::string& bundle, const std::string& program);

/// Removes it again; no error if there is no such file.
expected<void> remove_loopback_hook(const std::string& bundle);

/// Adds those mounts that it has nothing for at their destinations. Errors: those of reading and
/// writing the file.
expected<void> add_missing_mounts(const std::string& bundle, const json& mounts);

/// Sets the paths of namespaces that belong to other containers. Errors: those of reading and
/// writing the file.
expected<void> place_namespaces(const std::string& bundle,
                                const std::vector<placed_namespace>& placed);

} // namespace floe
