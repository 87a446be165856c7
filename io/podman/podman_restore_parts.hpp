// What a restore into Podman holds between its steps: for the sources of podman_restore_session
// alone.
#pragma once

#include "io/podman/place_files.hpp"
#include "io/podman/podman_import.hpp"
#include "io/podman/podman_restore_session.hpp"
#include "io/podman/undo_podman_restore.hpp"
#include "io/store/object_lock.hpp"
#include "io/store/staging_directory.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace floe {

/// The names of a container's volumes, each once.
std::vector<std::string> volume_names(const container_config& config);

/// A volume that Podman makes with the container: it needs no process of its own then, and only so
/// it can be an anonymous one.
struct deferred_volume {
  std::string name;
  std::string content; ///< where floe unpacks it meanwhile; empty: it is not wanted
};

struct podman_restore_session::parts {
  container_host& host;
  podman_host& engine;
  podman_program podman;
  std::shared_ptr<archive_reader> archive;
  restore_options options;
  unpack_progress_handler progress;
  podman_import import;
  claimed_volumes claims;
  std::optional<staging_directory> stage;
  restore_targets targets;
  std::vector<deferred_volume> deferred;
  std::vector<std::string> deleted_files;
  unfinished_podman_restore made; ///< what is to be undone
  restore_facts facts;
  bool noted = false;
  bool committed = false;
  std::vector<object_lock> volume_locks{}; ///< of deferred: no two restores have Podman make one
  json mounts = json::array();             ///< of the specification that Podman is given

  std::string bundle() const { return podman_bundle(import.storage.graph_root, import.config.id); }
  expected<void> note(const char* phase);
  expected<void> make_stage();
  expected<void> make_volume(const std::string& name, const std::stop_token& stop);
  expected<void> hold_volume(const std::string& name, const std::stop_token& stop);
  expected<void> release_volumes();
  bool can_be_deferred(const std::string& name) const;
  std::string place_of_new_volume(const std::string& name) const;
  expected<void> defer_volume(const std::string& name);
  expected<void> begin_resume();
  expected<bool> is_made_for_us(const podman_volume& volume) const;
  expected<bool> image_has(const std::string& volume, const std::vector<std::string>& files) const;
  expected<void> place_deferred_volume(const deferred_volume& volume);
  std::vector<filled_volume> filled_volumes() const;
  expected<void> make_missing(const std::string& name, const std::stop_token& stop);
  expected<void> make_volumes(const std::stop_token& stop);
  expected<std::vector<std::pair<std::string, std::string>>>
  directories_of(const std::vector<std::string>& volumes) const;
  expected<std::string> write_documents();
  std::vector<std::string> restore_arguments(const std::string& hand_over) const;
  expected<std::string> shared_memory_of_pod() const;
  expected<void> complete_mounts();
  expected<void> fill(const std::stop_token& stop);
  error explain(error what);
  void roll_back();
};

} // namespace floe
