// The namespaces of other containers that a container of Podman's is in.
#pragma once

#include "model/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace floe {

struct joined_namespace {
  std::string type;  ///< as in the specification: ipc, network, pid …
  std::string owner; ///< id of the container that it belongs to
};

/// As libpod's configuration names them (behaviours.md section 19.4, "Namespaces").
std::vector<joined_namespace> joined_namespaces(const json& config);

/// `/proc/PID/ns/NAME` of a namespace with that type.
std::string namespace_path(std::string_view type, int pid);

/// A namespace of a specification, and where it is now.
struct placed_namespace {
  std::string type;
  std::string path;
};

/// The specification with those in place of what it has for their types.
json with_namespaces(json spec, const std::vector<placed_namespace>& placed);

} // namespace floe
