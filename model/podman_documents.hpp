// The documents of a Podman container as its archive has them: as Podman wrote them, without what
// only means something on the host that they come from.
#pragma once

#include "model/json.hpp"

#include <string>
#include <vector>

namespace floe {

/// config.dump from the complete configuration. Every key stays, known or not, but for the pid
/// files (libpod would have the monitor write to the origin's paths, behaviours.md section 1.9),
/// the path of the runtime, of which its name stays, and a cgroup parent that is libpod's default.
/// Volumes of \p anonymous_volumes say that they are: libpod keeps that in its record of the volume
/// alone, and makes those that an import misses as the configuration says.
std::string make_podman_config_dump(json document,
                                    const std::vector<std::string>& anonymous_volumes);

/// spec.dump from the specification that the container runs with. \p bundle and \p run_directory
/// are the container's own: mounts from there that libpod makes anew at every restore (time zone,
/// passwd, group, secrets) are left out, because it would look for them at the origin's paths
/// (sections 1.10 and 23, D8).
std::string make_podman_spec_dump(json running, const std::string& bundle,
                                  const std::string& run_directory);

} // namespace floe
