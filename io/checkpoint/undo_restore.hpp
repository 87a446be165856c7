// Takes back a restore that did not come to its end, whether its process is still there or died.
#pragma once

#include "io/container/container_host.hpp"

#include <string>
#include <vector>

namespace floe {

/// What is known of the restore.
struct unfinished_restore {
  bool is_import = false;           ///< the container itself is to vanish
  std::vector<std::string> volumes; ///< made for it
};

json to_json(const unfinished_restore& what);
unfinished_restore unfinished_restore_from_json(const json& details);

/// Ends the processes of an import and removes everything that it made. What a restore in place had
/// begun is cleaned up, its checkpoint stays; a container that runs already goes on. The caller
/// holds the container. Errors: of the last thing that could not be undone; all is tried.
expected<void> undo_restore(container_host& host, const container_record& record,
                            const unfinished_restore& what);

/// Waits until no runtime restores the container any more: one whose engine died goes on by itself,
/// and its CRIU has cgroups mounted meanwhile. Errors: timed_out.
expected<void> await_orphaned_restore(oci_runtime& runtime, const std::string& id);

} // namespace floe
