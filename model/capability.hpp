// Names and numbers of Linux capabilities.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace floe {

/// The bit of `CAP_CHOWN` and so on; nothing for a name that this engine does not know.
std::optional<uint64_t> capability_bit(std::string_view name);

/// The names in a mask, separated by commas; a bit without a name is shown as its number.
std::string capability_names(uint64_t mask);

} // namespace floe
