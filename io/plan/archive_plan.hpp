// Joins the parts of a checkpoint into the rope of the whole archive, in the member order of
// FORMAT.md.
#pragma once

#include "io/plan/rootfs_change.hpp"

#include <optional>

namespace floe {

struct planned_volume {
  std::string name;
  rope content;
};

/// Everything that goes into one archive.
struct archive_parts {
  std::string config_dump;
  std::string spec_dump;
  std::string network_status = "null";
  std::shared_ptr<const tree_root> bundle; ///< holds the images directory, stats-dump and ctr.log
  std::string images_directory = "checkpoint"; ///< or "pre-checkpoint"
  std::string log_file; ///< path of the container's log relative to the bundle, empty: none
  std::optional<rope> shared_memory; ///< devshm-checkpoint.tar
  std::optional<rope> rootfs_diff;
  std::vector<std::string> deleted_files;
  std::vector<planned_volume> volumes;
  int64_t modified_seconds = 0; ///< time of what is no file on disk, seconds since 1970
  bool align_data = false;      ///< as in tar_plan_options; nested tars start aligned, too
};

/// REQUIRES: parts.bundle is set. Hard links and holes become plain files, so that every member's
/// content is one range; a directory's name in rope::members() is without a slash. `config.dump`
/// first, `spec.dump` last, end-of-archive blocks behind it; the members are in rope::members().
expected<rope> plan_archive(archive_parts parts);

} // namespace floe
