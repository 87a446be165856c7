// `floe volume ls --filter KEY=VALUE`: which volumes are meant.
#pragma once

#include "io/store/store.hpp"
#include "model/error.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace floe {

struct volume_filter {
  std::vector<std::string> names; ///< regular expressions, one of which must match
  std::vector<std::pair<std::string, std::optional<std::string>>> labels; ///< all must hold
};

/// Reads `name=REGEX` and `label=KEY[=VALUE]`. Errors: usage.
expected<volume_filter> parse_volume_filter(const std::vector<std::string>& texts);

bool matches(const volume_filter& filter, const volume_record& volume);

} // namespace floe
