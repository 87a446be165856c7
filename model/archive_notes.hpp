// What floe notes in an archive's index beside what a reader needs (FORMAT.md).
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace floe {

/// What a volume is beside its content.
struct volume_details {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::pair<std::string, std::string>> options; ///< of its driver
};

struct archive_notes {
  std::vector<std::string> warnings; ///< what the export had to leave out or change
  std::vector<volume_details> volumes;

  /// The details of a volume; without any if none are noted.
  volume_details volume(const std::string& name) const {
    const auto found = std::ranges::find(volumes, name, &volume_details::name);
    return found == volumes.end() ? volume_details{name, {}, {}} : *found;
  }
};

/// A line for each volume whose driver's options a restore does not give it back: without trust
/// they would have the host mount what a stranger chose.
std::vector<std::string> lost_driver_options(const archive_notes& notes);

} // namespace floe
