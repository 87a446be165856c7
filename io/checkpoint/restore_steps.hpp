// What a restore of one container consists of, whoever runs the container afterwards: floe itself
// (restore_session.hpp) or Podman (io/podman/podman_restore_session.hpp).
#pragma once

#include "model/error.hpp"
#include "model/operation_result.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace floe {

struct volume_target {
  std::string name;
  std::string directory; ///< where volumes/NAME.tar is to be unpacked: a staging directory
};

/// What can be done about a device in an archive that may_hold_devices does not let in.
inline constexpr const char* restore_device_advice =
    "restore it with --trust if you know where it comes from";

/// Where an archive's members are to be unpacked: host directories that exist, belong to root and
/// that nobody else touches. An empty path: that member is to be skipped.
struct restore_targets {
  std::string bundle;        ///< of checkpoint/ and pre-checkpoint/ (directories made on the way),
                             ///< network.status, stats-dump, ctr.log
  std::string rootfs;        ///< of rootfs-diff.tar
  std::string shared_memory; ///< of devshm-checkpoint.tar
  std::vector<volume_target> volumes;
  bool allow_devices = false; ///< in the nested tars: see may_hold_devices
  bool spool_tars = false;    ///< rootfs-diff.tar and devshm-checkpoint.tar go into the bundle as
                              ///< they are, to be unpacked later
  bool deletions = false;     ///< deleted.files is wanted although there is no rootfs yet
};

/// What is known once a restore is committed.
struct restore_facts {
  criu_statistics criu;
  std::string log_path; ///< restore.log, if it was kept
  std::vector<std::string> warnings;
};

/// Order of an import: it is begun, the caller unpacks into targets(), apply_deletions,
/// check_images, publish_volumes, resume, commit. Every step blocks. Not thread-safe, but
/// directories of targets() may be filled by several threads. Destroyed before it is committed it
/// takes everything back.
class restore_steps {
 public:
  restore_steps() = default;
  restore_steps(restore_steps&&) noexcept = default;
  restore_steps& operator=(restore_steps&&) = delete;
  virtual ~restore_steps() = default;

  virtual const std::string& id() const = 0;
  virtual const std::string& name() const = 0;

  virtual const restore_targets& targets() const = 0;

  /// Volumes that it mounts and another restore of the same batch fills: to be waited for before
  /// resume.
  virtual const std::vector<std::string>& volumes_of_others() const = 0;

  /// Removes what deleted.files lists from the root filesystem. After rootfs-diff.tar was
  /// unpacked. Errors: archive_refused.
  virtual expected<void> apply_deletions(const std::vector<std::string>& paths) = 0;

  /// Gives the staged volumes their names. \p unpacked are the volumes whose tar was in the
  /// archive; one that is missing is archive_incompatible. Errors: volume_exists.
  virtual expected<void> publish_volumes(const std::vector<std::string>& unpacked) = 0;

  /// Whether the CRIU images are complete and do not give the processes more than the specification
  /// does (not checked with trust). Errors: no_checkpoint, archive_refused.
  virtual expected<void> check_images() = 0;

  /// Starts the processes. Errors: restore_failed with CRIU's first error line and the log's path,
  /// timed_out, cancelled.
  virtual expected<void> resume(const std::stop_token& stop = {}) = 0;

  /// Makes the restored container permanent and removes the checkpoint's files unless they are
  /// kept.
  virtual expected<void> commit() = 0;

  /// Complete after commit.
  virtual const restore_facts& facts() const = 0;
};

} // namespace floe
