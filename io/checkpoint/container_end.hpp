// The end of a container that was checkpointed and is to stay stopped.
#pragma once

#include "io/container/container_host.hpp"

namespace floe {

/// Waits until the processes are gone and their monitor has noticed, then deletes the runtime's
/// state. Mounts stay. Errors: timed_out, runtime_failed.
expected<void> forget_processes(container_host& host, const container_record& record);

/// The same, and unmounts the root filesystem and /dev/shm. The caller holds the container. Errors:
/// timed_out, runtime_failed, io_failed.
expected<void> clean_up_stopped(container_host& host, const container_record& record);

/// Ends a container whose checkpoint is complete: clean_up_stopped, and its status becomes exited
/// and checkpointed. \p record gets the new status. \p log_path is empty if the log is not kept.
expected<void> end_checkpointed(container_host& host, container_record& record,
                                const std::string& log_path);

} // namespace floe
