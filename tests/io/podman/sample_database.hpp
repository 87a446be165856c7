// Podman's database as tests need it: the documents of a container, a pod and a volume, and a whole
// Podman in a scratch directory.
#pragma once

#include "io/podman/podman_settings.hpp"
#include "model/json.hpp"
#include "tests/io/podman/bolt_builder.hpp"
#include "tests/support/scratch_directory.hpp"

#include <string>

namespace floe::test {

inline const std::string web_id = "aaaaaaaaaaaa" + std::string(52, '1');
inline const std::string database_id = "aaaaaaaaaaab" + std::string(52, '2');
inline const std::string infra_id = "cccccccccccc" + std::string(52, '3');
inline const std::string pod_id = "dddddddddddd" + std::string(52, '4');

/// ContainerConfig as libpod writes it, as far as floe looks at it.
inline json sample_config(const std::string& id, const std::string& name, uint32_t lock) {
  return {{"spec", {{"ociVersion", "1.0.2"}}},
          {"id", id},
          {"name", name},
          {"lockID", lock},
          {"Dependencies", nullptr},
          {"shmSize", 65536000},
          {"staticDir", "/graph/overlay-containers/" + id + "/userdata"},
          {"networkMode", "bridge"},
          {"createdTime", "2024-01-01T00:00:0" + std::to_string(lock) + "Z"},
          {"logPath", ""},
          {"runtime", "runc"},
          {"someKeyOfTheFuture", {{"kept", true}}}};
}

inline json sample_pod_config() {
  return {{"id", pod_id}, {"name", "shop"}, {"labels", json::object()}, {"lockID", 9}};
}

inline json sample_volume_config() {
  return {{"name", "data"},
          {"lockID", 8},
          {"volumeDriver", "local"},
          {"mountPoint", "/graph/volumes/data/_data"}};
}

/// Settings whose tmp_dir says that Podman has run since the boot.
inline podman_settings sample_settings(const scratch_directory& scratch) {
  podman_settings settings;
  settings.graph_root = "/graph";
  settings.run_root = "/run-root";
  settings.graph_driver = "overlay";
  settings.tmp_dir = scratch / "tmp";
  write_file(settings.tmp_dir + "/alive", "");
  return settings;
}

} // namespace floe::test
