// Takes back a checkpoint that did not come to its end, whether its process is still there or died.
#pragma once

#include "io/checkpoint/checkpoint_subject.hpp"

#include <string>

namespace floe {

/// What is known of the checkpoint.
struct unfinished_checkpoint {
  container_source source = container_source::native;
  std::string images;           ///< directory in the bundle
  std::string export_path;      ///< of the archive; empty: none
  bool stops = false;           ///< the container was to be stopped
  bool stopped_by_criu = false; ///< … by CRIU, right after the dump
  bool stood_still = false;     ///< it is certain that floe kept it frozen while it was dumped
  bool tcp_established = false;
  bool file_locks = false;
};

json to_json(const unfinished_checkpoint& what);
unfinished_checkpoint unfinished_checkpoint_from_json(const json& details);

/// What had to be done.
enum class undo_result {
  ran_on,   ///< it was alive: thawed where it was frozen
  restored, ///< CRIU had stopped it: restored from its images
};

/// Makes the container run as before and removes the unfinished images. Errors: freeze_failed;
/// dump_failed if the processes are gone and were not stopped by CRIU; those of a restore. Images
/// that are the last trace of a container stay.
expected<undo_result> undo_checkpoint(checkpoint_subject& container,
                                      const unfinished_checkpoint& what);

/// Waits until nobody dumps into the bundle any more: a runtime and a CRIU whose engine died go on
/// by themselves. Ends them in order when that takes too long. Errors: timed_out.
expected<void> await_orphaned_dump(const checkpoint_subject& container);

} // namespace floe
