// The checkpoint in the bundle of a container of Podman's, whoever made it: Podman notes only its
// own.
#pragma once

#include "io/podman/podman_state.hpp"

#include <optional>

namespace floe {

/// Since when there is a complete checkpoint in its bundle; nothing if there is none.
std::optional<time_point> podman_checkpoint_time(const podman_container& container);

/// Whether there is one, and the container has not been started since: what it has written then
/// would not fit to what its processes remember. A restore is no start.
bool can_resume(const podman_container& container);

/// Its state as its record has it, checkpointed if it has ended and can be resumed.
container_status status_with_checkpoint(const podman_container& container);

} // namespace floe
