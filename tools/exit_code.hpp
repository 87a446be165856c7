// What the exit status of floe says: the one table for all verbs.
#pragma once

#include "model/operation_result.hpp"

#include <cstddef>
#include <vector>

namespace floe {

/// Stable: scripts and schedulers rely on the numbers. `floe run` and `floe exec` return what the
/// container's program returned instead, when it came to run.
enum class exit_code : int {
  done = 0,         ///< everything asked for was done
  some_failed = 1,  ///< some of it was not
  nothing_done = 2, ///< nothing of it was
  deadline = 3,     ///< the time was over before all of it was done
  usage = 64,       ///< the command line contradicts itself or lacks something
  host_unable = 69, ///< the host cannot do it: no root, no CRIU, no runtime …

  // Only of `floe exec`, as of shells and of Podman.
  program_not_executable = 126, ///< the container has the program, but it cannot be run
  program_not_found = 127,      ///< the container has no such program
};

/// The status of a command that did \p succeeded things and failed at those with \p errors.
exit_code judge(size_t succeeded, const std::vector<error>& errors);

/// The same for the records of a batch.
exit_code judge(const std::vector<operation_result>& results);

} // namespace floe
