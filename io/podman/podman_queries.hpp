// Images and pods of Podman's as its own commands tell of them, and the making of volumes.
#pragma once

#include "io/podman/podman_program.hpp"
#include "model/archive_notes.hpp"
#include "model/json.hpp"

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace floe {

/// An image that is here, and a name that leads to it and to no other one.
struct podman_image {
  std::string id;
  std::string name;
};

/// By id, and if that is not here by name. Never asks a registry. Errors: no_such_image.
expected<podman_image> choose_podman_image(const podman_program& podman, const std::string& id,
                                           const std::string& name,
                                           const std::stop_token& stop = {});

/// Makes a volume with its labels and the options of its driver. Errors: volume_exists,
/// runtime_failed.
expected<void> create_podman_volume(const podman_program& podman, const volume_details& volume,
                                    const std::stop_token& stop = {});

/// Has Podman mount a volume, or count one user more of one that is mounted; returns where. It
/// stays until release_podman_volume. Errors: runtime_failed.
expected<std::string> hold_podman_volume(const podman_program& podman, const std::string& name,
                                         const std::stop_token& stop = {});

/// Takes that back: Podman unmounts it after its last user. Errors: runtime_failed.
expected<void> release_podman_volume(const podman_program& podman, const std::string& name);

/// What is wrong with restoring the content of a volume that is there, in Podman's words.
tl::unexpected<error> volume_is_there(const std::string& name);

/// What `podman pod inspect` says of a pod that is named by name, id or the beginning of its id.
/// Errors: no_such_pod.
expected<json> inspect_pod(const podman_program& podman, const std::string& name_or_id,
                           const std::stop_token& stop = {});

} // namespace floe
