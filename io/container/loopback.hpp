// The loopback device of a network namespace.
#pragma once

#include "model/error.hpp"

#include <sys/types.h>

namespace floe {

/// Sets `lo` up in the network namespace of \p pid. Runtimes do that when they start a container,
/// but CRIU leaves devices alone when it restores one into an empty namespace, and Podman only has
/// them set up for managed networks. Harmless if it is up. Errors: io_failed.
expected<void> set_loopback_up(pid_t pid);

} // namespace floe
