// The containers of all sources side by side: those that floe runs itself (native) and those of
// Podman.
#pragma once

#include "io/container/container_host.hpp"
#include "model/json.hpp"
#include "model/source_scope.hpp"

#include <string>
#include <vector>

namespace floe {

/// As list_containers, each with the key `Source`, in order of creation. A host without Podman has
/// native ones only. What in Podman's database cannot be understood is left out, with a warning in
/// the log. Errors: those of list_containers and podman_state_in.
expected<json> list_all_containers(container_host& host, source_scope scope, bool all,
                                   const std::vector<std::string>& filters = {});

/// As inspect_container, with the key `Source`. Errors: as find_in_sources.
expected<json> inspect_any_container(container_host& host, source_scope scope,
                                     const std::string& name);

} // namespace floe
