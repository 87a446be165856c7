#include "model/checkpoint_options.hpp"

namespace floe {

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
