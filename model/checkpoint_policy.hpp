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

/// Whether the files of a restored container may be device nodes: if it was allowed to make them
/// (privileged, or with CAP_MKNOD; opening them is another matter), or with `--trust`.
bool may_hold_devices(const container_config& config, bool trust);

} // namespace floe
