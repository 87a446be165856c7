// A container as `inspect` and `ps` show it, with Podman's keys.
#pragma once

#include "model/container.hpp"

#include <string>
#include <utility>
#include <vector>

namespace floe {

/// Where a container is on this host.
struct container_places {
  std::string bundle;
  std::string run_directory;
  std::string pid_file;
  std::string monitor_pid_file;
  std::string upper; ///< of its overlay; empty for an external root filesystem
  std::vector<std::pair<std::string, std::string>> volumes; ///< name → host directory
};

/// The object of `inspect`.
json inspect_document(const container_config& config, const container_status& status,
                      const container_places& places);

/// One entry of `ps`. Times are RFC 3339 texts, unlike Podman's.
json list_document(const container_config& config, const container_status& status);

} // namespace floe
