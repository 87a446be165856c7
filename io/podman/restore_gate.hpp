// Holds `podman container restore --import` at the moment when the container's record, network and
// mounted root filesystem are there and its processes are not: then its files can be put where they
// belong directly, instead of through Podman's tars.
#pragma once

#include "io/posix/process.hpp"
#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <functional>
#include <stop_token>
#include <string>

namespace floe {

/// Makes a hand-over archive for Podman whose rootfs-diff.tar is a FIFO.
///
/// Podman unpacks the archive into the container's bundle, FIFO included, sets the container up,
/// mounts its root filesystem, and opens BUNDLE/rootfs-diff.tar as the last thing before it has the
/// runtime start the processes (behaviours.md section 17.5 step 18): there it waits for a writer.
/// \p directory, which is ours alone, holds config.dump, spec.dump, network.status and
/// checkpoint/inventory.img; the archive is written to \p target. Errors: io_failed, no_space.
expected<void> write_hand_over(const std::string& directory, const std::string& target);

/// A restore by Podman that waits at \p fifo, the path of rootfs-diff.tar in the bundle.
///
/// \p fill is called while it waits there. If fill fails or \p stop is requested before, Podman is
/// given half a tar: it fails, takes its network and its mounts back, and ends. That also happens
/// if this process dies in the middle, as the tar's beginning is there first. If all is well it is
/// given an empty tar and goes on. From there on it is not stopped any more, only after a limit.
/// Errors: those of fill; cancelled, timed_out, io_failed; restore_failed with Podman's message,
/// also if Podman restored without waiting.
expected<process_result> run_gated(const process_request& podman, const std::string& fifo,
                                   const std::function<expected<void>()>& fill,
                                   const std::stop_token& stop);

/// Ends a Podman that waits at the FIFO for a process that died: it is given what is no tar.
void refuse_at_gate(const std::string& fifo);

} // namespace floe
