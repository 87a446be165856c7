// The places of the host that a container has mounted.
#pragma once

#include "model/error.hpp"
#include "model/restore_spec.hpp"

#include <string>
#include <vector>

namespace floe {

/// Whether the source of each is there: what runtimes say of a missing one is hard to understand.
/// \p subject names the container. Errors: archive_incompatible.
expected<void> check_bind_sources(const std::vector<bind_source>& sources,
                                  const std::string& subject);

} // namespace floe
