// The volumes of all sources side by side: floe's own and those of Podman.
#pragma once

#include "io/container/container_host.hpp"
#include "model/json.hpp"
#include "model/source_scope.hpp"

#include <string>
#include <vector>

namespace floe {

/// The documents of `volume inspect`, each with the key `Source`, sorted by source and name. A host
/// without Podman has its own only. What in Podman's database cannot be understood is left out,
/// with a warning in the log. Errors: usage (a filter), those of podman_state_in.
expected<json> list_all_volumes(container_host& host, source_scope scope,
                                const std::vector<std::string>& filters = {});

/// One of them, by its whole name, with `native:` or `podman:` before it where both have one.
/// Errors: no_such_volume, ambiguous_name, those of podman_state_in.
expected<json> inspect_any_volume(container_host& host, source_scope scope,
                                  const std::string& name);

} // namespace floe
