// What goes into an archive, before it is planned.
#pragma once

#include "model/archive_notes.hpp"

#include <string>
#include <vector>

namespace floe {

struct captured_volume {
  volume_details details;
  std::string mount_point; ///< host path of its content

  const std::string& name() const { return details.name; }
};

/// Paths and documents: input of plan_archive_files and its friends.
struct archive_source {
  std::string config_dump;
  std::string spec_dump;
  std::string network_status = "null";
  std::string bundle;                         ///< host path
  std::string images_directory;               ///< relative to the bundle
  std::string log_file;                       ///< relative to the bundle; empty: none
  std::string upper_directory;                ///< empty: no rootfs change is wanted
  std::vector<std::string> lower_directories; ///< topmost first
  std::vector<captured_volume> volumes;
  std::string shared_memory; ///< host path of /dev/shm; empty: it is not the container's own
};

} // namespace floe
