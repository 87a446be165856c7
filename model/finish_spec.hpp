// Completes a creation specification when the container starts: what is known only with its root
// filesystem mounted. The order is libpod's (behaviours.md section 3).
#pragma once

#include "model/container.hpp"
#include "model/json.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace floe {

/// A user of the container, by numbers.
struct resolved_user {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::string home;              ///< empty: unknown
  std::vector<uint32_t> further; ///< groups that list the user, and those of `--group-add`
};

/// What is known when a container starts.
struct start_facts {
  std::string root_path; ///< of the mounted root filesystem
  resolved_user user;
  std::string cgroups_path; ///< empty: the creation specification's
  /// Destination → host path, made by the engine for this start: /etc/hosts, /dev/shm, ….
  std::vector<std::pair<std::string, std::string>> bind_mounts;
  std::vector<std::pair<std::string, std::string>> volumes; ///< name → host path of its content
  /// tmpfs destinations whose last parts are links → where they lead.
  std::vector<std::pair<std::string, std::string>> resolved_destinations;
};

/// The specification for the runtime. Volumes without an entry in \p facts are left out.
json finish_spec(const container_config& config, const start_facts& facts);

/// Adds the engine's mounts, unless something is mounted at the same place already. A restored
/// specification gets \p propagation `private` (behaviours.md section 17.5), a new one `rprivate`.
void add_bind_mounts(json& spec, const container_config& config,
                     const std::vector<std::pair<std::string, std::string>>& bind_mounts,
                     const std::string& propagation);

/// By the number of parts of their destinations, so that none hides another; stable.
void sort_mounts(json& spec);

/// The container's name for itself: of its specification, else the first 12 digits of its id.
std::string container_hostname(const container_config& config);

} // namespace floe
