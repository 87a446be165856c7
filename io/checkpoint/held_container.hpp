// A container that nobody else works on.
#pragma once

#include "io/container/container_host.hpp"
#include "io/store/object_lock.hpp"

namespace floe {

struct held_container {
  object_lock lock;
  container_record record; ///< as it is since the lock was taken
};

/// Errors: no_such_container, ambiguous_name, container_busy.
expected<held_container> hold_container(container_host& host, const std::string& name_or_id);

/// The specification that a container runs with: the bundle's config.json. Errors: no_such_file,
/// archive_refused.
expected<json> read_running_spec(const std::string& bundle, const std::string& subject);

/// The image of a container; an empty record for an external root filesystem. Errors:
/// no_such_image.
expected<image_record> image_of(container_host& host, const container_config& config);

/// Mounts its root filesystem and /dev/shm where they are not, and notes that in the record's
/// status. Errors: as mount_root_filesystem.
expected<void> mount_container(container_host& host, container_record& record,
                               const image_record& image);

/// Whether its processes are there, running or frozen.
bool is_alive(oci_runtime& runtime, const std::string& id);

} // namespace floe
