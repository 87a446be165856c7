// Finds the CRIU that runtimes are to use, and its version.
#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace floe {

/// The oldest CRIU that floe works with: 3.11 (behaviours.md section 12).
inline constexpr uint32_t criu_version_min = 31'100;
/// The first one that knows `network-lock skip`: 3.19 (criu(8)).
inline constexpr uint32_t criu_version_network_lock_skip = 31'900;

struct criu_program {
  std::string path;
  uint32_t version = 0; ///< major * 10000 + minor * 100 + sublevel
};

/// \p configured if it is not empty, else floe's own prefix, else PATH. Errors: criu_missing,
/// criu_unusable (it does not start, or is older than criu_version_min).
expected<criu_program> find_criu(const std::string& configured);

/// The version in the output of `criu --version`.
std::optional<uint32_t> parse_criu_version(std::string_view output);

} // namespace floe
