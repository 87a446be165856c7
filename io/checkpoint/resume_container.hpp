// Starts a container's processes from the images in its bundle.
#pragma once

#include "io/container/container_host.hpp"

#include <stop_token>

namespace floe {

struct resume_options {
  bool tcp_established = false;
  bool file_locks = false;
  bool keep = false; ///< restore.log and the images will stay: the status says where
};

/// Mounts what is to be mounted, makes config.json fit this host (model/restore_spec.hpp), starts
/// the monitor with the runtime's restore, and records the container as running. The caller holds
/// the container. Errors: restore_failed with CRIU's first error line and the log's path,
/// archive_incompatible (a mount's source is not on this host), monitor_missing, timed_out,
/// cancelled; the processes are gone then.
expected<void> resume_container(container_host& host, container_record& record,
                                const resume_options& options, const std::stop_token& stop = {});

} // namespace floe
