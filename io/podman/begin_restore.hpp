// Chooses who runs a container once it is restored: floe itself or Podman.
#pragma once

#include "io/archive/archive_reader.hpp"
#include "io/checkpoint/counting_source.hpp"
#include "io/checkpoint/restore_steps.hpp"
#include "io/checkpoint/volume_claims.hpp"
#include "io/container/container_host.hpp"
#include "model/checkpoint_options.hpp"

#include <memory>
#include <stop_token>

namespace floe {

/// Begins the restore of an archive with the engine that the options name. Without one: Podman for
/// an archive of Podman's if Podman is installed, or if there is a pod or a port to publish; else
/// floe. Errors: usage (a pod or a port with the native engine), those of
/// restore_session::begin_import or podman_restore_session::begin.
expected<std::shared_ptr<restore_steps>>
begin_import(container_host& host, std::shared_ptr<archive_reader> archive,
             const restore_options& options, std::shared_ptr<volume_claims> claims,
             unpack_progress_handler progress, const std::stop_token& stop);

/// Begins the restore of a container that holds a checkpoint in its bundle, with the engine that
/// has it. Errors: as find_in_sources, restore_session::begin_in_place and
/// podman_resume_session::begin.
expected<std::shared_ptr<restore_steps>>
begin_in_place(container_host& host, const std::string& name, const restore_options& options);

} // namespace floe
