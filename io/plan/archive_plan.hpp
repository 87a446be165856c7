// Joins the parts of a checkpoint into the two ropes that make an archive, in the member order of
// FORMAT.md: first what the container itself may change, so that it can be read beside the dump,
// then what the dump has left.
#pragma once

#include "io/plan/rootfs_change.hpp"

#include <optional>

namespace floe {

struct planned_volume {
  std::string name;
  rope content;
};

/// The front of an archive.
struct archive_files {
  std::string config_dump;
  std::string network_status = "null";
  std::shared_ptr<const tree_root> bundle; ///< holds ctr.log
  std::string log_file; ///< path of the container's log relative to the bundle, empty: none
  std::optional<rope> shared_memory; ///< devshm-checkpoint.tar
  std::optional<rope> rootfs_diff;
  std::vector<std::string> deleted_files;
  std::vector<planned_volume> volumes;
  int64_t modified_seconds = 0; ///< time of what is no file on disk, seconds since 1970
  bool align_data = false;      ///< as in tar_plan_options; nested tars start aligned, too
};

/// The rest of it.
struct archive_images {
  std::shared_ptr<const tree_root> bundle;     ///< holds the images directory and stats-dump
  std::string images_directory = "checkpoint"; ///< or "pre-checkpoint"
  std::string spec_dump;
  int64_t modified_seconds = 0;
  bool align_data = false;
  uint64_t begin = 0; ///< where the front ends
};

/// `config.dump` first. REQUIRES: files.bundle is set. In both: hard links and holes become plain
/// files, so that every member's content is one range; a directory's name in rope::members() is
/// without a slash.
expected<rope> plan_archive_files(archive_files files);

/// Behind the front: `spec.dump` last, end-of-archive blocks behind it. REQUIRES: images.bundle is
/// set.
expected<rope> plan_archive_images(const archive_images& images);

} // namespace floe
