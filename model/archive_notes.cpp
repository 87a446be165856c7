#include "model/archive_notes.hpp"

namespace floe {

std::vector<std::string> lost_driver_options(const archive_notes& notes) {
  std::vector<std::string> lines;
  for (const auto& volume : notes.volumes) {
    std::string options;
    for (const auto& [key, value] : volume.options)
      options += (options.empty() ? "" : ", ") + key + "=" + value;
    if (!options.empty())
      lines.push_back("volume " + volume.name + " is made without its driver's options (" +
                      options + ")");
  }
  return lines;
}

} // namespace floe
