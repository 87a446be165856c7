// The containers, pods and volumes that Podman runs, as they are at one moment. Only read: nothing
// of Podman's is ever changed here.
#pragma once

#include "io/podman/podman_rows.hpp"
#include "io/podman/podman_settings.hpp"
#include "model/container.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace floe {

struct podman_container {
  container_config config;
  /// All of config.dump: every key as Podman wrote it, with the current networks as `newNetworks`,
  /// from whose aliases the short id is dropped (behaviours.md section 13.1).
  json config_document;
  json state_document; ///< as Podman wrote it
  container_status status;
  std::string bundle;            ///< staticDir
  std::string run_directory;     ///< of this boot
  std::string spec_path;         ///< the OCI specification that it runs with
  std::string network_status;    ///< JSON as in network.status; "null" if there is none
  std::string network_namespace; ///< path of its own one; empty if it has none
  std::string pod_id;
  uint32_t lock_id = 0;
  std::vector<std::string> joined_containers; ///< ids of those whose namespaces it is in
};

struct podman_pod {
  std::string id;
  std::string name;
  std::string infra_id;                ///< empty without an infra container
  std::vector<std::string> containers; ///< ids, the infra container's included
  json document;                       ///< its configuration as Podman wrote it
};

struct podman_volume {
  std::string name;
  std::string driver; ///< `local`, `image`, or a plugin's name
  std::string mount_point;
  json document; ///< its configuration as Podman wrote it
};

/// A container, pod or volume of which only this can be told.
struct unreadable_record {
  std::string id;   ///< a volume's name
  std::string name; ///< empty: not even that is known
  error why;
};

/// A snapshot of Podman's database, completed with what the host knows: a container whose process
/// is gone is stopped although the database still has it running, and exited if the host was booted
/// since.
class podman_state {
 public:
  /// A host where Podman never ran has nothing. Errors: timed_out (somebody keeps the database
  /// locked), database_damaged, database_unknown, io_failed. With \p only there is nothing but that
  /// one in it, and a pod has its containers' ids all the same.
  static expected<podman_state> read(const podman_settings& settings,
                                     const std::optional<podman_row_key>& only = {});

  /// Sorted by time of creation.
  const std::vector<podman_container>& containers() const { return containers_; }
  const std::vector<podman_pod>& pods() const { return pods_; }          ///< sorted by name
  const std::vector<podman_volume>& volumes() const { return volumes_; } ///< sorted by name

  /// What is in the database but cannot be understood: one error for each thing, with its name. The
  /// others are there all the same.
  const std::vector<error>& problems() const { return problems_; }

  /// Those of problems() that are containers.
  const std::vector<unreadable_record>& unreadable_containers() const {
    return unreadable_containers_;
  }

  /// By full id, by name, or by the beginning of an id. Errors: no_such_container, ambiguous_name,
  /// or what problems() has about that container.
  expected<podman_container> find_container(const std::string& name_or_id) const;

  /// Likewise. Errors: no_such_pod, ambiguous_name, or what problems() has about that pod, of which
  /// only the id is known.
  expected<podman_pod> find_pod(const std::string& name_or_id) const;

  /// By its whole name. Errors: no_such_volume, or what problems() has about that volume.
  expected<podman_volume> find_volume(const std::string& name) const;

 private:
  std::vector<podman_container> containers_;
  std::vector<podman_pod> pods_;
  std::vector<podman_volume> volumes_;
  std::vector<error> problems_;
  std::vector<unreadable_record> unreadable_containers_;
  std::vector<unreadable_record> unreadable_pods_;
  std::vector<unreadable_record> unreadable_volumes_;
};

} // namespace floe
