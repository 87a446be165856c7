// Makes a container of what an archive says of it, ready to be filled and resumed.
#pragma once

#include "io/archive/archive_reader.hpp"
#include "io/checkpoint/volume_claims.hpp"
#include "io/container/container_host.hpp"
#include "io/store/object_lock.hpp"
#include "io/store/volume_store.hpp"
#include "model/checkpoint_documents.hpp"
#include "model/checkpoint_options.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// Reads config.dump and spec.dump and checks them: pods, dependencies, networks, and policy unless
/// trusted. Touches nothing. Errors: as restore_session::begin_import.
expected<archived_container> read_archived(archive_reader& archive, const restore_options& options);

/// `--name`, if it is not empty: another container of the same archive, with an id of its own.
/// Errors: usage.
expected<void> rename_import(container_config& config, const std::string& name);

/// The runtime for an archived container. Never a path that a stranger chose: a name that floe
/// knows, or the configured program of that name. Errors: archive_incompatible.
expected<std::string> choose_runtime(const std::string& archived, const host_settings& settings,
                                     const std::string& archive);

/// The archived container as it will be on this host.
struct imported_container {
  object_lock lock;
  container_record record;
  json spec;          ///< spec.dump, to become config.json
  image_record image; ///< without an id for an external root filesystem
  std::vector<std::string> warnings;
};

/// Chooses name and id, finds runtime and image, and makes sure that nothing of the same name is
/// there. Claims the volumes. Changes nothing but taking the lock. Errors: as
/// restore_session::begin_import.
expected<imported_container> plan_import(container_host& host, archived_container archived,
                                         const restore_options& options,
                                         const std::string& archive_path, claimed_volumes& claims);

/// Stages the container's volumes but those that others restore, each once, with the labels that
/// are noted. With ignored volumes,
/// makes those that are not there yet, empty, and returns nothing; \p made gets their names.
expected<std::vector<staged_volume>>
stage_volumes(container_host& host, const container_config& config, const restore_options& options,
              const claimed_volumes& claims, const archive_notes& notes,
              std::vector<std::string>& made);

} // namespace floe
