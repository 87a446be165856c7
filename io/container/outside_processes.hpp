// Processes that are in a container and do not belong to its process tree: started by exec.
#pragma once

#include "io/container/cgroup_freezer.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace floe {

/// `123 (sleep)` for each process in the container's cgroup that does not descend from \p first. A
/// dump takes the tree of the first process only. Those that end meanwhile are left out.
std::vector<std::string> outside_processes(const cgroup_freezer& cgroup, pid_t first);

/// The parent of a process and its name, from the text of its /proc/PID/stat.
struct process_line {
  pid_t parent = 0; ///< 0 if the text is not understood
  std::string name;
};
process_line parse_process_stat(std::string_view text);

} // namespace floe
