// `--filter KEY=VALUE`: which containers are meant.
#pragma once

#include "model/container.hpp"
#include "model/error.hpp"

#include <string>
#include <vector>

namespace floe {

struct container_filter {
  enum class kind : uint8_t { id, name, label, status, volume, ancestor };
  kind what = kind::id;
  std::string key;        ///< the text to compare with; of a label, its key
  std::string value;      ///< of a label
  bool has_value = false; ///< `label=key=value` rather than `label=key`
};

/// Reads `id=PREFIX`, `name=REGEX` (somewhere in the name), `label=KEY[=VALUE]`, `status=STATE`,
/// `volume=NAME` or `ancestor=IMAGE`. Errors: usage.
expected<container_filter> parse_container_filter(const std::string& text);

/// The same for a list. Errors: usage.
expected<std::vector<container_filter>>
parse_container_filters(const std::vector<std::string>& texts);

/// As Podman has it: filters of different keys must all hold, of several values for one key any;
/// labels must all hold.
bool matches(const std::vector<container_filter>& filters, const container_config& config,
             const container_status& status);

} // namespace floe
