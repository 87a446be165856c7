// Puts what an archive holds into a container of Podman's that is set up and does not run yet.
#pragma once

#include "io/archive/archive_reader.hpp"
#include "io/archive/extract.hpp"
#include "io/checkpoint/counting_source.hpp"
#include "io/podman/podman_settings.hpp"

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// A volume that was filled for this container, and where it is mounted in there.
struct filled_volume {
  std::string destination;
  std::string directory; ///< of its content
};

/// What is to be put where.
struct file_placement {
  std::shared_ptr<archive_reader> archive;
  std::string stage; ///< holds checkpoint/ and the other plain members; beside Podman's storage
  podman_settings podman;
  std::string id; ///< of the container
  std::vector<std::string> deleted_files;
  std::vector<std::string> secrets; ///< their names below /run/secrets
  std::vector<filled_volume> volumes;
  bool with_rootfs = true;
  bool with_shared_memory = true; ///< /dev/shm is not the host's
  std::string pod_shared_memory;  ///< where the pod has its /dev/shm that the container shares
  bool keep = false;              ///< the checkpoint's statistics too
  extract_policy policy;
  unpack_progress_handler progress;
};

/// `GRAPHROOT/overlay-containers/ID/userdata`: what libpod calls the bundle and the static
/// directory (behaviours.md section 2).
std::string podman_bundle(const std::string& graph_root, const std::string& id);

/// Moves CRIU's images and the log into the bundle, removes deleted files from the mounted root
/// filesystem, unpacks its change, and fills /dev/shm, which in a pod becomes the pod's and is
/// filled by the first member that comes: first what vanished, then what is new, so that a
/// directory that was removed and made again is the new one (defect D2). Makes the places where
/// secrets are mounted, for Podman mounts them and their directory in any order and CRIU finds no
/// place for those that come first (defect D8). What a filled volume is mounted on is made if it
/// is not there, and gets the owner, mode and times of the volume's root: at the container's next
/// start Podman gives a volume that it believes to be new those of that directory. Returns
/// warnings. Errors: restore_failed (Podman's storage is not as expected), those of the archive and
/// of extract_tar.
expected<std::vector<std::string>> place_files(const file_placement& what,
                                               const std::stop_token& stop);

} // namespace floe
