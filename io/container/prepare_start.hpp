// Gets a container ready for the runtime: mounts, volumes, working directory and config.json.
#pragma once

#include "io/container/container_host.hpp"

namespace floe {

/// Mounts the root filesystem and /dev/shm and notes that in \p record (not in the store). Errors:
/// no_such_image, bad_image, no_such_file, io_failed.
expected<void> mount_container(container_host& host, container_record& record);

/// Writes `BUNDLE/config.json` for a start: users looked up, volumes filled from the image the
/// first time, the working directory made, the engine's files written. The container is mounted.
/// Errors: usage (its user or working directory does not exist), no_such_volume, no_such_file (the
/// source of a mount), io_failed.
expected<void> write_runtime_config(container_host& host, container_record& record);

} // namespace floe
