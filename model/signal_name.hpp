// Signals by the names and numbers that users and images give.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace floe {

/// `TERM`, `SIGTERM`, `sigterm` or `15`; also `RTMIN+3`. Numbers are Linux's, 1 to 64.
std::optional<uint32_t> signal_from_string(std::string_view text);

/// `SIGTERM`; the decimal number for those without a name.
std::string signal_name(uint32_t number);

} // namespace floe
