// What files other processes have open, as /proc tells it (proc(5)).
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace floe {

/// Whether a process has the file or directory at \p path open. False if it is gone.
bool has_open(pid_t pid, const std::string& path);

/// Whether a process has it open, or one that it descends from.
bool lineage_has_open(pid_t pid, const std::string& path);

/// All processes but this one that have it open.
std::vector<pid_t> processes_with_open(const std::string& path);

} // namespace floe
