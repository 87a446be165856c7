// A container in the foreground: its output is shown and its exit code returned.
#pragma once

#include "tools/session.hpp"

#include <string>

namespace floe {

/// Starts a new container; one that cannot be started is removed again if \p auto_remove.
expected<container_done> start_created(session& s, const container_done& made, bool auto_remove);

/// Creates and starts a container, shows what it writes until it ends and returns its exit code, or
/// floe's own status if it could not be started. Ctrl-C and SIGTERM go to the container.
int run_attached(session& s, const create_options& options, const std::string& format);

/// Creates a container. Its warnings are shown.
expected<container_done> create_and_warn(session& s, const create_options& options);

} // namespace floe
