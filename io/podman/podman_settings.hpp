// Where Podman is on this host and where it keeps its things, as its own configuration says.
#pragma once

#include "model/error.hpp"

#include <map>
#include <string>
#include <vector>

namespace floe {

/// What the user of floe says about Podman; empty: as Podman is configured.
struct podman_overrides {
  std::string program;  ///< `--podman`, FLOE_PODMAN: a name or a path; empty: podman
  std::string root;     ///< `--podman-root`, FLOE_PODMAN_ROOT: what `podman --root` takes
  std::string run_root; ///< `--podman-runroot`, FLOE_PODMAN_RUNROOT: `podman --runroot`
};

struct podman_settings {
  std::string program;          ///< path of podman
  std::string graph_root;       ///< of containers-storage
  std::string run_root;         ///< of containers-storage, empty after a boot
  std::string graph_driver;     ///< overlay, vfs …
  std::string static_dir;       ///< the database's directory, with BoltDB
  std::string tmp_dir;          ///< exit files, locks; empty after a boot
  std::string volume_path;      ///< of local volumes
  std::string database_backend; ///< boltdb or sqlite; empty: there is no database yet
  std::string database;         ///< path of the database; empty: there is none yet
  std::string cgroup_manager;   ///< systemd or cgroupfs
  std::string runtime;          ///< name or path of the default OCI runtime
  std::string lock_type;        ///< shm or file
  std::string network_config_dir;
  /// Name of an OCI runtime → where Podman looks for it, the first that exists.
  std::map<std::string, std::vector<std::string>> runtime_paths;
  podman_overrides overrides; ///< that these settings were found with

  /// What `podman` must be given before its command so that it means the same storage: `--root` and
  /// `--runroot` when they were overridden. Everything else comes from the environment, which is
  /// the same for it.
  std::vector<std::string> global_arguments() const;

  /// The program of the OCI runtime that Podman calls \p name (a path stands for itself): the first
  /// of runtime_paths that is executable, else what PATH has. Empty if there is none.
  std::string runtime_program(const std::string& name) const;
};

/// Finds Podman and reads its configuration as Podman 4 and 5 do as root: storage.conf
/// (CONTAINERS_STORAGE_CONF, or /etc/containers, or /usr/share/containers), containers.conf
/// (CONTAINERS_CONF instead of /usr/share/containers, /etc/containers and containers.conf.d;
/// then CONTAINERS_CONF_OVERRIDE), later files key by key. The paths that the database was made
/// with win over all but \p overrides, as Podman has it (behaviours.md section 19). Errors:
/// no_podman; usage for a configuration that is no TOML or not there although the environment names
/// it. A database that cannot be read is none here: podman_state::read will say what is wrong.
expected<podman_settings> find_podman(const podman_overrides& overrides);

/// The database of a Podman whose program find_podman did not find: its containers may run all the
/// same. Empty if there is none.
std::string unseen_podman_database(const podman_overrides& overrides);

} // namespace floe
