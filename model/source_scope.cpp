#include "model/source_scope.hpp"

namespace floe {

std::string_view to_string(source_scope scope) {
  switch (scope) {
  case source_scope::all:
    return "all";
  case source_scope::native:
    return "native";
  case source_scope::podman:
    return "podman";
  }
  return "unknown";
}

std::optional<source_scope> source_scope_from_string(std::string_view text) {
  for (const auto scope : {source_scope::all, source_scope::native, source_scope::podman})
    if (text == to_string(scope))
      return scope;
  return std::nullopt;
}

bool includes(source_scope scope, container_source source) {
  return scope == source_scope::all ||
         (scope == source_scope::podman) == (source == container_source::podman);
}

scoped_name parse_scoped_name(std::string_view text, source_scope scope) {
  for (const auto named : {source_scope::native, source_scope::podman}) {
    const auto prefix = std::string{to_string(named)} + ":";
    if (text.starts_with(prefix))
      return {named, std::string{text.substr(prefix.size())}};
  }
  return {scope, std::string{text}};
}

} // namespace floe
