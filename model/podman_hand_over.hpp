// What Podman is told of a container that it is to restore: the archive's documents, changed so
// that they fit this host and that Podman's own import does not lose anything (behaviours.md
// sections 1.9, 1.10, 17.3 and 23).
#pragma once

#include "model/checkpoint_documents.hpp"

#include <string>
#include <utility>
#include <vector>

namespace floe {

/// config.dump, spec.dump and network.status.
struct hand_over_documents {
  json config = json::object();
  json spec = json::object();
  json network_status; ///< null: no managed network
};

/// What the container is to be on this host.
struct podman_place {
  std::string id; ///< 64 hex digits
  std::string name;
  std::string image_id;
  std::string image_name; ///< resolves to image_id here: Podman must not look for it elsewhere
  std::string runtime;    ///< as the host calls it
  std::vector<std::pair<std::string, std::string>>
      volumes;             ///< name → host directory; empty: as archived
  bool is_another = false; ///< another container than the archived one: it gets other addresses
  bool ignore_static_ip = false;
  bool ignore_static_mac = false;
  bool trust = false; ///< namespaces that the archive names by path stay
};

/// Whether Podman can import such a container at all, in Podman's words and order (section 17.3).
/// \p into_pod: `--pod` is given. Errors: archive_incompatible.
expected<void> check_for_podman(const archived_container& archived, const json& config,
                                bool into_pod, const std::string& subject);

/// Whether the pod shares what the container used of its old pod. \p pod is what `podman pod
/// inspect` says, \p name how the user called it. Errors: archive_incompatible.
expected<void> check_pod(const json& config, const json& pod, const std::string& name);

/// Refuses what a configuration may ask of the host beyond the specification, as soon as the
/// container is started anew: directories, devices, secrets and sockets of the host. For archives
/// of strangers, beside check_policy. Errors: archive_refused.
expected<void> check_podman_policy(const json& config, const std::string& subject);

/// The specification without what the engine where it comes from mounted of its own (time zone,
/// secrets, passwd, group): Podman makes these anew if the specification has none (defect D8).
/// Namespaces that belonged to a pod lose their path: Podman puts in those of the new pod.
json without_engine_mounts(json spec, const json& config);

/// What a configuration wants of the host that is left out without trust: the parent of its cgroup
/// and files for process ids, as `KEY VALUE`.
std::vector<std::string> lost_wishes(const json& config);

/// The documents for Podman. The specification is that of without_engine_mounts. Errors:
/// archive_refused (a volume without a place).
expected<hand_over_documents> make_hand_over(hand_over_documents archived,
                                             const podman_place& place);

} // namespace floe
