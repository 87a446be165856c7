// What a container_command means on this host: one call of the lifecycle functions. Blocks; runs on
// workers.
#pragma once

#include "io/container/container_host.hpp"
#include "messages/engine.hpp"

namespace floe {

/// Does \p command to the container with this id. Errors: those of io/container/lifecycle.hpp.
expected<container_done> run_container_command(container_host& host, const std::string& id,
                                               const container_command& command);

} // namespace floe
