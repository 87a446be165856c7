// What stands in Podman's database, as texts that nobody has looked into yet: the same from BoltDB
// and from SQLite.
#pragma once

#include "model/error.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace floe {

/// The paths that a database was made with. Empty ones were never recorded.
struct podman_paths {
  std::string static_dir;
  std::string tmp_dir;
  std::string graph_root;
  std::string run_root;
  std::string graph_driver;
  std::string volume_path;
};

struct podman_container_row {
  std::string id;
  std::string name;   ///< as the database lists it, whatever the configuration says
  std::string config; ///< JSON
  std::string state;  ///< JSON
  std::string pod_id;
  std::string network_namespace; ///< a path
  /// Network → its options as JSON, where they are kept beside the configuration (BoltDB).
  std::vector<std::pair<std::string, std::string>> networks;
  bool has_networks = false; ///< they are kept so, if only none
};

struct podman_pod_row {
  std::string id;
  std::string config;   ///< JSON
  std::string state;    ///< JSON
  std::string infra_id; ///< where it is kept beside the state (SQLite)
  std::vector<std::string> containers;
};

struct podman_volume_row {
  std::string name;
  std::string config; ///< JSON
  std::string state;  ///< JSON; volumes of old versions have none
};

struct podman_rows {
  std::vector<podman_container_row> containers;
  std::vector<podman_pod_row> pods;
  std::vector<podman_volume_row> volumes;
};

/// One row by its key: reading and understanding all takes long on hosts with many containers.
struct podman_row_key {
  enum class row_kind { container, named_container, pod, volume };
  row_kind kind = row_kind::container;
  std::string key; ///< the id, or the name of a volume or of a named_container
};

/// Readers of both databases (behaviours.md sections 19.2 and 19.3). Each call sees one moment.
/// Errors: no_such_file, timed_out (somebody keeps the database locked), database_damaged,
/// database_unknown, io_failed.
expected<podman_paths> read_bolt_paths(const std::string& database);
/// All rows, or \p only that one, if it is there.
expected<podman_rows> read_bolt_rows(const std::string& database,
                                     const std::optional<podman_row_key>& only = {});
expected<podman_paths> read_sqlite_paths(const std::string& database);
/// As read_bolt_rows.
expected<podman_rows> read_sqlite_rows(const std::string& database,
                                       const std::optional<podman_row_key>& only = {});

} // namespace floe
