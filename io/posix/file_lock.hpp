// A lock that belongs to an open file or directory and that the kernel releases with its last
// descriptor, so that no crash leaves one behind.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <chrono>
#include <string>

namespace floe {

enum class lock_mode : uint8_t { shared, exclusive };

/// Locks what \p fd is open on. Returns false if another holder is in the way. \p subject names the
/// file in errors.
expected<bool> try_lock(int fd, lock_mode mode, const std::string& subject);

/// The same, but waits for the other holders: only for locks that are held for moments.
expected<void> wait_lock(int fd, lock_mode mode, const std::string& subject);

/// The same, but waits for them at most \p limit: for locks of others, who may hold theirs for
/// long. Returns false if the lock was not free by then.
expected<bool> lock_within(int fd, lock_mode mode, std::chrono::milliseconds limit,
                           const std::string& subject);

/// A moment between two tries: the kernel does not say when a lock becomes free without taking it.
void pause_before_next_try();

/// Whether a name still leads to what \p fd is open on: somebody may have removed it between the
/// opening and the locking.
expected<bool> still_linked(int fd, const std::string& subject);

} // namespace floe
