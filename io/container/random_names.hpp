// Ids and names for what users do not name.
#pragma once

#include <string>

namespace floe {

/// 64 hexadecimal digits that nobody else has.
std::string random_id();

/// Two words, as Podman gives them to containers: `brave_curie`.
std::string random_name();

} // namespace floe
