// Turns the specification of an archived or stopped container into one that this host can restore
// it with (behaviours.md sections 1.10, 17.4 and 17.5).
#pragma once

#include "model/container.hpp"

#include <string>
#include <utility>
#include <vector>

namespace floe {

/// Where a container is on this host.
struct container_place {
  std::string rootfs;       ///< its mounted root filesystem
  std::string cgroups_path; ///< linux.cgroupsPath
  std::vector<std::pair<std::string, std::string>>
      bind_mounts; ///< made by the engine: destination → host source, /dev/shm included
  std::vector<std::pair<std::string, std::string>> volumes; ///< name → host directory
};

/// Replaces root.path, cgroupsPath, the network namespace's path, the sources of named volumes, and
/// every mount the engine makes: those get the options `bind`, `private` and what section 3 step 11
/// adds. Mounts that the user asked for (they are in config.spec) stay as they are, as do all other
/// mounts: CRIU wants every one it knows. Errors: archive_refused (a volume without a place).
expected<json> make_restore_spec(json spec, const container_config& config,
                                 const container_place& place);

/// The specification that a restored container is created with again when it is started anew: what
/// engines and volumes add is taken out of \p spec, as libpod does (section 17.4).
json make_creation_spec(json spec, const container_config& config);

/// What a bind mount of the specification is made of; for checking that it exists here.
struct bind_source {
  std::string destination;
  std::string source;
};
std::vector<bind_source> bind_sources(const json& spec);

/// An engine says there that and which container it is.
inline constexpr const char* container_env_path = "/run/.containerenv";

/// Whether engines mount something of their own there (behaviours.md section 17.4).
bool is_engine_place(std::string_view destination);

/// Whether one of its volumes is mounted on exactly that place.
bool is_volume_place(const container_config& config, std::string_view destination);

/// Whether a mount shows a place of the host: runtimes go by its options too.
bool is_bind_mount(const json& mount);

/// Whether a specification mounts something on exactly that place.
bool has_mount(const json& spec, std::string_view destination);

/// The specification with those of \p mounts that it has nothing for at their destinations.
json with_missing_mounts(json spec, const json& mounts);

} // namespace floe
