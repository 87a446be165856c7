// The files below /etc, and .containerenv, that the engine makes for every start and restore of a
// container and binds into it (behaviours.md section 11).
#pragma once

#include "io/container/host_settings.hpp"
#include "model/container.hpp"

#include <string>
#include <utility>
#include <vector>

namespace floe {

/// Whether a new container gets .containerenv: not where the user mounts something on /run.
bool has_container_env(const container_config& config);

/// Writes hosts, resolv.conf (only in the host's network), hostname and, with \p container_env,
/// .containerenv into the run directory, and returns destination → host path for what is to be
/// mounted, with /dev/shm. What the user mounts at the same place is not in it. Errors: io_failed,
/// no_space.
expected<std::vector<std::pair<std::string, std::string>>>
make_etc_files(const host_settings& settings, const container_config& config, bool container_env);

/// The text of a hosts file: \p base without comments, then what is missing in it.
std::string make_hosts(std::string_view base, const std::string& own_address,
                       const std::string& hostname, const std::string& name);

/// The text of .containerenv; empty unless the container is privileged.
std::string make_container_env(const container_config& config);

} // namespace floe
