// The containers whose namespaces another one is in, found running before that one is resumed.
#pragma once

#include "io/podman/podman_host.hpp"
#include "model/joined_namespaces.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// Where the namespaces of others that \p container joins are now: what its bundle says is of the
/// time before its owners were started anew, and may belong to anybody by now. The infra container
/// of its pod is started; an owner that is just being restored is waited for, with floe's lock
/// below \p run_root. Errors: wrong_state (an owner does not run), those of Podman, cancelled.
expected<std::vector<placed_namespace>> namespaces_of_owners(const podman_host& podman,
                                                             const std::string& run_root,
                                                             const podman_container& container,
                                                             const std::stop_token& stop);

} // namespace floe
