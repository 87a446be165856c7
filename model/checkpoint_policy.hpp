// What the specification and the configuration in a stranger's archive may ask of this host.
#pragma once

#include "model/checkpoint_documents.hpp"

#include <string>

namespace floe {

/// Refuses what would give the container more of the host than a container made here has by
/// default: hooks, annotations that steer CRIU, CDI or the runtime, devices, host directories, file
/// systems of the host, namespaces of other processes, privileges. `--trust` skips this. \p subject
/// names the archive. Errors: archive_refused, with the thing that is refused in the cause.
expected<void> check_policy(const archived_container& archived, const std::string& subject);

} // namespace floe
