// What there is to say about the pods of Podman, for `floe pod ls` and `floe pod inspect`.
#pragma once

#include "io/podman/podman_state.hpp"
#include "model/json.hpp"

namespace floe {

/// As an entry of `podman pod ls --format json`: Id, Name, Status, Created, Labels, InfraId,
/// Containers with Id, Names and Status.
json pod_list_entry(const podman_state& state, const podman_pod& pod);

/// The like of `podman pod inspect`: Id, Name, Created, State, Hostname, Labels,
/// InfraContainerID, SharedNamespaces, NumContainers, Containers with Id, Name and State.
json pod_document(const podman_state& state, const podman_pod& pod);

} // namespace floe
