// Which sources of containers a request means, and names that say which source they mean.
#pragma once

#include "model/container.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace floe {

/// The values of `--source`.
enum class source_scope : uint8_t { all = 0, native = 1, podman = 2 };

std::string_view to_string(source_scope scope);
std::optional<source_scope> source_scope_from_string(std::string_view text);

bool includes(source_scope scope, container_source source);

/// `native:NAME` and `podman:NAME` mean one source; a name without that means every one in scope.
struct scoped_name {
  source_scope scope = source_scope::all;
  std::string name;
};
scoped_name parse_scoped_name(std::string_view text, source_scope scope);

} // namespace floe
