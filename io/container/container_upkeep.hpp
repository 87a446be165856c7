// What all steps of a container's life have in common: its lock, its true state, its end and its
// removal.
#pragma once

#include "io/container/container_host.hpp"
#include "io/store/object_lock.hpp"

#include <chrono>
#include <string>

namespace floe {

/// A container that nobody else works on, as it really is.
struct locked_container {
  object_lock lock;
  container_record record;
};

/// Finds a container, waits a few seconds for its lock and brings what the store says in line with
/// what is there. Errors: no_such_container, ambiguous_name, container_busy, store_failed.
expected<locked_container> lock_container(container_host& host, const std::string& name);

/// Whether its processes are there. False for a status that says it does not run.
bool is_alive(container_host& host, const container_record& record);

/// Brings the record and the store in line with what is there. The caller holds the lock. Errors:
/// store_failed; no_such_container if it ended and was a `--rm` container.
expected<void> reconcile(container_host& host, container_record& record);

/// Records the end of a container whose processes are gone, deletes the runtime's state, takes the
/// mounts away, and removes a `--rm` container. The caller holds the lock.
expected<void> finish_ended(container_host& host, container_record& record);

/// Sends SIGKILL to what runs of it, waits for the end, then finish_ended.
expected<void> kill_and_finish(container_host& host, container_record& record);

/// Waits until its first process has ended. Errors: timed_out, cancelled.
expected<void> await_end(const container_record& record, std::chrono::milliseconds limit,
                         const std::stop_token& stop = {});

/// Removes a stopped container with everything it has; anonymous volumes if \p with_volumes.
expected<void> remove_everything(container_host& host, const container_record& record,
                                 bool with_volumes);

/// Now, as the store has times.
std::string current_time();

} // namespace floe
