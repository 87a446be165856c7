// Podman's own lock of a container, taken as Podman takes it: while it is held, no command of
// Podman changes or even looks at the container. `podman stop` lets go of it while it waits for the
// process to end: the container's state is stopping then, so look at that too.
#pragma once

#include "io/podman/podman_state.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace floe {

/// What holds a lock until it is destroyed.
struct held_podman_lock {
  virtual ~held_podman_lock() = default;
};

class podman_lock {
 public:
  /// Takes the lock of \p container, waiting for others at most \p limit. The lock is found by a
  /// number that the snapshot had: look at the container again once it is held, because it may have
  /// been changed or removed before. Errors: container_busy (a command of Podman is working on it),
  /// no_such_file (Podman's locks are not there), unsupported (they are not as floe knows them),
  /// io_failed.
  static expected<podman_lock> acquire(const podman_settings& settings,
                                       const podman_container& container,
                                       std::chrono::milliseconds limit);

 private:
  explicit podman_lock(std::unique_ptr<held_podman_lock> held) : held_{std::move(held)} {}

  std::unique_ptr<held_podman_lock> held_;
};

/// The two kinds of locks. \p subject names what is locked in errors.
///
/// lock_type shm: a mutex in the shared memory segment at \p path, by default
/// /dev/shm/libpod_lock (layout: containers/podman, libpod/lock/shm). A mutex belongs to a thread,
/// so the lock has one of its own; whichever thread destroys it does not matter.
expected<std::unique_ptr<held_podman_lock>> hold_shared_memory_lock(const std::string& path,
                                                                    uint32_t number,
                                                                    std::chrono::milliseconds limit,
                                                                    const std::string& subject);

/// lock_type file: a record lock on the file \p path (libpod/lock/file).
expected<std::unique_ptr<held_podman_lock>> hold_file_lock(const std::string& path,
                                                           std::chrono::milliseconds limit,
                                                           const std::string& subject);

/// Where Podman keeps its locks as root.
inline constexpr const char* podman_lock_segment = "/dev/shm/libpod_lock";

} // namespace floe
