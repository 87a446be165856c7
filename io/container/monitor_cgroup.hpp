// Puts a monitor into a cgroup of its own, so that what ends floe's cgroup does not end it too.
#pragma once

#include <sys/types.h>

namespace floe {

/// Moves \p pid to `/libpod_parent/conmon` in the hierarchies by which processes are ended
/// together: the unified one, and of v1 systemd's, freezer, memory and pids. As far as that is
/// possible here.
void move_to_monitor_cgroup(pid_t pid);

} // namespace floe
