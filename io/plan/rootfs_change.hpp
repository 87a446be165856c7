// Plans `rootfs-diff.tar` and `deleted.files` from the upper directory of an overlay, without
// losing what Podman loses (behaviours.md section 23: D1, D2, D4).
#pragma once

#include "io/plan/tar_plan.hpp"

namespace floe {

struct rootfs_change {
  tar_plan tar; ///< names without leading `./` or `/`; empty rope when nothing is to be written
  std::vector<std::string>
      deleted; ///< absolute container paths that really vanished; never an ancestor of a tar entry
};

/// \p lowers are the image's layer directories, topmost first; needed to list what an opaque
/// (re-created) directory or a changed type hides. Paths that the engine itself provides
/// (behaviours.md section 14.3) are left out.
expected<rootfs_change> plan_rootfs_change(std::shared_ptr<const tree_root> upper,
                                           const std::vector<std::string>& lowers,
                                           const std::stop_token& stop = {});
expected<rootfs_change> plan_rootfs_change(std::shared_ptr<const tree_root> upper,
                                           const std::vector<std::string>& lowers,
                                           tar_plan_options options,
                                           const std::stop_token& stop = {});

} // namespace floe
