// The checkpoint in the bundle of a container of Podman's, whoever made it: Podman notes only its
// own.
#pragma once

#include "io/podman/podman_host.hpp"

#include <optional>
#include <vector>

namespace floe {

/// Since when there is a complete checkpoint in its bundle; nothing if there is none.
std::optional<time_point> podman_checkpoint_time(const podman_container& container);

/// Whether there is one, and the container has not been started since: what it has written then
/// would not fit to what its processes remember. A restore is no start.
bool can_resume(const podman_container& container);

/// Its volumes that are kept in memory, as a tmpfs: their content ends with the last container that
/// has them mounted. Errors: those of Podman's database.
expected<std::vector<podman_volume>> volumes_in_memory(const podman_host& podman,
                                                       const podman_container& container);

/// Its state as its record has it, checkpointed if it has ended and can be resumed.
container_status status_with_checkpoint(const podman_container& container);

} // namespace floe
