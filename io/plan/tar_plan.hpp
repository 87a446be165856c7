// Plans the tar of a directory tree by metadata calls only: nothing is read but names, attributes
// and link targets.
#pragma once

#include "io/plan/rope.hpp"
#include "model/error.hpp"

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// A nested tar as it will be written, end-of-archive blocks included.
struct tar_plan {
  rope content;
  uint64_t entries = 0;
  uint64_t file_bytes = 0; ///< content bytes of regular files
  std::vector<std::string>
      warnings; ///< what a tar cannot hold (sockets) or Podman cannot restore, one line each
};

struct tar_plan_options {
  /// Content of 4 KiB and more starts at a multiple of 4096 in this tar, for the sake of an archive
  /// that is not compressed: its file system may then share the blocks.
  bool align_data = false;
};

/// Plans the tar of everything below a tree. Names are `./` for the root itself and `./a/b` below,
/// sorted within each directory, so that equal trees give equal tars. Does not cross into other
/// file systems' mount points that lie below unless they are part of the tree the caller opened.
expected<tar_plan> plan_tree(std::shared_ptr<const tree_root> tree,
                             const std::stop_token& stop = {});
expected<tar_plan> plan_tree(std::shared_ptr<const tree_root> tree, tar_plan_options options,
                             const std::stop_token& stop = {});

/// Opens a directory as the root of a plan.
expected<std::shared_ptr<const tree_root>> open_tree(const std::string& path);

} // namespace floe
