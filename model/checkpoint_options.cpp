#include "model/checkpoint_options.hpp"

namespace floe {

bool reads_files_beside_dump(const checkpoint_options& options) {
  // Without --leave-running, CRIU itself ends those whose connections it keeps.
  const bool stays_frozen = options.leave_running || !options.tcp_established;
  const bool thaws_early = options.thaw_early && options.leave_running;
  return !options.export_path.empty() && stays_frozen && !options.pre_checkpoint && !thaws_early;
}

std::string_view flag_for_archives(const restore_options& options) {
  if (!options.previous_archive.empty())
    return "--import-previous";
  if (options.ignore_rootfs)
    return "--ignore-rootfs";
  if (options.ignore_volumes)
    return "--ignore-volumes";
  if (!options.name.empty())
    return "--name";
  if (!options.pod.empty())
    return "--pod";
  if (!options.publish.empty())
    return "--publish";
  if (!options.engine.empty())
    return "--to";
  return {};
}

} // namespace floe
