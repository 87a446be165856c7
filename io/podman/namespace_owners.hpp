// The containers whose namespaces another one is in, found running before that one is resumed.
#pragma once

#include "io/podman/podman_host.hpp"

#include <stop_token>
#include <string>

namespace floe {

/// Writes into the bundle of \p container where the namespaces of others that it joins are now:
/// what stands there is of the time before its owners were started anew, and may belong to anybody
/// by now. The infra container of its pod is started; an owner that is just being restored is
/// waited for, with floe's lock below \p run_root. Errors: wrong_state (an owner does not run),
/// those of Podman, cancelled.
expected<void> join_owners(const podman_host& podman, const std::string& run_root,
                           const podman_container& container, const std::stop_token& stop);

} // namespace floe
