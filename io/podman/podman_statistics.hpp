// What CRIU counted, as Podman tells it.
#pragma once

#include "model/operation_result.hpp"

#include <string>

namespace floe {

/// Reads what `podman container restore --print-stats` of one container wrote (behaviours.md
/// section 20.5). Zeros where it says nothing.
criu_statistics restore_statistics_in(const std::string& output);

} // namespace floe
