// Finishes or undoes what processes left behind that died in the middle of a checkpoint or restore.
#pragma once

#include "io/container/container_host.hpp"

#include <string>
#include <vector>

namespace floe {

/// What was done about one operation that had no owner any more.
struct recovered_operation {
  std::string container_id;
  std::string container_name; ///< empty if the container is gone
  std::string operation;      ///< checkpoint or restore
  std::string action;         ///< for people: `let it run again and deleted the partial archive`
  error problem;              ///< code none: all went well
};

/// Looks through the journal; an operation whose container is locked is somebody's and is left
/// alone. To be called when an engine starts. Errors: store_failed.
expected<std::vector<recovered_operation>> recover_operations(container_host& host);

} // namespace floe
