// A Podman container while a checkpoint of it is made: its runtime is driven directly, and Podman
// is told in the end.
#pragma once

#include "io/checkpoint/checkpoint_subject.hpp"

namespace floe {

/// Takes floe's lock and Podman's own lock of the container with that whole id. Errors: no_podman,
/// no_such_container, container_busy, runtime_missing, database_damaged, database_unknown.
expected<std::unique_ptr<checkpoint_subject>> hold_podman_subject(container_host& host,
                                                                  const std::string& id);

} // namespace floe
