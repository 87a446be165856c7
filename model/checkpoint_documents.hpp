// The documents that describe a container in a checkpoint archive, as libpod reads them
// (behaviours.md sections 1.3, 1.9 and 19.4).
#pragma once

#include "model/container.hpp"

#include <string>

namespace floe {

/// Where Podman keeps its volumes by default.
inline constexpr const char* podman_volume_root = "/var/lib/containers/storage/volumes";

/// config.dump: the container's configuration without what only means something on this host
/// (pid files, the cgroup parent, the path of a runtime), and with every key that
/// `podman container restore --import` needs.
std::string make_config_dump(const container_config& config);

/// spec.dump: the specification the container runs with (\p running, the bundle's config.json).
/// Podman takes the sources of named volumes from it as they are (section 1.10), hence they are
/// written as Podman has them: `VOLUME_ROOT/NAME/_data`.
std::string make_spec_dump(json running, const container_config& config,
                           const std::string& volume_root = podman_volume_root);

/// The volume root that belongs to a layer of the host's containers-storage
/// (`GRAPHROOT/overlay/ID/diff`): where the Podman with that storage has its volumes. The default
/// for any other path.
std::string volume_root_beside(const std::string& layer);

/// What an archive says of its container.
struct archived_container {
  container_config config;
  json spec;
};

/// Reads config.dump and spec.dump of a stranger. \p subject names the archive. Refuses what is not
/// well-formed and what no container can be restored from. Errors: archive_refused.
expected<archived_container> parse_documents(std::string_view config_dump,
                                             std::string_view spec_dump,
                                             const std::string& subject);

/// Whether this engine can restore the container: no pod, no other container's namespaces or
/// processes, no network that it would have to manage; with Podman's words (section 17.3). Errors:
/// archive_incompatible.
expected<void> check_restorable(const archived_container& archived, const std::string& subject);

} // namespace floe
