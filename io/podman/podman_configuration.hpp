// The parts of containers-storage.conf(5) and containers.conf(5) that say where Podman's things
// are.
#pragma once

#include "model/error.hpp"

#include <map>
#include <string>
#include <vector>

namespace floe {

struct storage_configuration {
  std::string graph_root;
  std::string run_root;
  std::string driver;
  bool transient = false; ///< transient_store: the database is in the run root
};

struct engine_configuration {
  std::string static_dir; ///< empty unless configured, as all texts here
  std::string tmp_dir;
  std::string volume_path;
  std::string database_backend;
  std::string cgroup_manager;
  std::string runtime;
  std::string lock_type;
  std::string network_backend;
  std::string network_config_dir;
  std::map<std::string, std::vector<std::string>> runtime_paths;
};

/// With Podman's defaults for what the file does not say. Errors: usage.
expected<storage_configuration> read_storage_configuration();

/// Merges all containers.conf files into \p defaults, later ones over earlier ones, key by key.
/// Errors: usage.
expected<engine_configuration> read_engine_configuration(engine_configuration defaults);

} // namespace floe
