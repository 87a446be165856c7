// The hook that sets up the loopback device of a restored network namespace before CRIU connects
// sockets in it again: runtimes restore an empty one, and what cannot be reached is not connected.
#pragma once

#include "model/json.hpp"

#include <string>

namespace floe {

/// The verb of \p program that is run with the state of the container on its standard input (OCI
/// runtime specification, config.md, "createRuntime Hooks").
inline constexpr const char* loopback_hook_verb = "loopback-hook";

/// Adds the hook, once, where the runtime makes the network namespace; else \p spec as it is.
json with_loopback_hook(json spec, const std::string& program);

/// Removes it, whatever program it names.
json without_loopback_hook(json spec);

} // namespace floe
