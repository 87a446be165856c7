// Decides how an archived container becomes one of Podman's on this host, and makes sure that it
// can: everything that is checked before anything changes.
#pragma once

#include "io/archive/archive_reader.hpp"
#include "io/container/container_host.hpp"
#include "io/podman/podman_host.hpp"
#include "io/podman/podman_queries.hpp"
#include "io/store/object_lock.hpp"
#include "model/checkpoint_options.hpp"
#include "model/podman_hand_over.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// The archived container as it will be here.
struct podman_import {
  object_lock by_id; ///< keeps other restores of the same container away
  object_lock by_name;
  hand_over_documents documents; ///< as in the archive, without the engine's mounts
  podman_place place;            ///< without its volumes
  podman_settings storage;
  container_config config;
  bool container_env = false; ///< its processes have /run/.containerenv as a mount of its own
  std::string pod;            ///< full id of the pod it goes into; may be empty
  std::string criu_path;
  std::vector<std::string> warnings;
};

/// Reads the documents and checks them, finds runtime, CRIU, image and pod, and makes sure that
/// there is no container of the same name or id. Changes nothing but taking the locks. Errors: as
/// podman_restore_session::begin.
expected<podman_import> plan_podman_import(container_host& host, podman_host& engine,
                                           archive_reader& archive, const restore_options& options,
                                           const std::stop_token& stop);

} // namespace floe
