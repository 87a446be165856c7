// Finds containers wherever they come from: floe's own and Podman's side by side.
#pragma once

#include "io/container/container_host.hpp"
#include "model/source_scope.hpp"

#include <optional>
#include <string>
#include <vector>

namespace floe {

struct sourced_container {
  container_source source = container_source::native;
  container_record record;
  std::string pod;                 ///< id of its pod; empty: none
  bool is_infra = false;           ///< it belongs to its pod and is nothing by itself
  std::vector<std::string> owners; ///< ids of the containers in whose namespaces it is
  /// Of one of Podman's that cannot be understood: nothing but its id and name is known then; the
  /// beginning of the id stands for a name that is not.
  std::optional<error> problem;
};

/// What Podman has; nothing on a host without Podman, unless it was asked for. Errors: no_podman,
/// usage (its configuration), those of podman_state::read.
expected<std::optional<podman_state>> podman_state_in(container_host& host, source_scope scope);

/// Says in the log what of it cannot be understood: a list lacks that.
void warn_of_problems(const podman_state& state);

/// By name, id or unambiguous id prefix, with `native:` or `podman:` before it where both have one.
/// A host without Podman has none of its containers. Errors: no_such_container; ambiguous_name,
/// also if both sources have it; those of reading Podman's database, if it could be there.
expected<sourced_container> find_in_sources(container_host& host, const std::string& name,
                                            source_scope scope);

/// About a name that no container or volume of floe's own has: that Podman has one, if so, which
/// only podman may change; else \p why as it is.
error explain_if_podmans(container_host& host, error why, const std::string& name);

/// All of them, native ones first, each as it really is. Errors: store_failed; those of reading
/// Podman's database.
expected<std::vector<sourced_container>> containers_in_sources(container_host& host,
                                                               source_scope scope);

/// The containers of a pod that are not its infra container. Errors: no_such_pod, ambiguous_name,
/// no_podman; database_damaged if the pod or one of its containers cannot be understood.
expected<std::vector<sourced_container>> containers_in_pod(container_host& host,
                                                           const std::string& pod);

} // namespace floe
