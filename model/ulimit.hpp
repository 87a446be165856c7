// Resource limits of processes, as users write them and as the OCI specification does.
#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace floe {

struct ulimit {
  std::string type; ///< `RLIMIT_NOFILE`
  uint64_t soft = 0;
  uint64_t hard = 0;

  static constexpr uint64_t unlimited = UINT64_MAX;
};

/// `name=soft[:hard]`; -1 is unlimited. Errors: usage.
expected<ulimit> parse_ulimit(const std::string& text);

/// The limits of a container: \p wanted, and libpod's defaults for open files and processes.
/// \p ceilings are the hard limits of this host's processes, where they cannot be raised: defaults
/// are lowered to them, a wish beyond one is an error (unsupported).
expected<std::vector<ulimit>> container_ulimits(std::vector<ulimit> wanted,
                                                const std::vector<ulimit>& ceilings);

} // namespace floe
