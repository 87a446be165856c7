// Capabilities: which ones a container gets.
#pragma once

#include "model/error.hpp"

#include <string>
#include <vector>

namespace floe {

/// What a container has without options: Podman's list.
const std::vector<std::string>& default_capabilities();

/// `net_admin`, `NET_ADMIN` or `CAP_NET_ADMIN` become the last one, `all` becomes `ALL`. Errors:
/// usage for what is none.
expected<std::string> normalise_capability(const std::string& name);

/// The capabilities of a container, sorted, none that is not in \p available (the bounding set of
/// this host's processes). Privileged: all of them, without what is dropped. `ALL` may be added or
/// dropped. Errors: usage.
expected<std::vector<std::string>>
container_capabilities(const std::vector<std::string>& add, const std::vector<std::string>& drop,
                       bool privileged, const std::vector<std::string>& available);

/// The name of the capability with this number of linux/capability.h; empty if it has none here.
std::string capability_name(unsigned number);

} // namespace floe
