// One restore of one container, step by step. Every step blocks; until it is committed nothing that
// it made stays when it is destroyed.
#pragma once

#include "io/archive/archive_reader.hpp"
#include "io/container/container_host.hpp"
#include "model/checkpoint_options.hpp"
#include "model/operation_result.hpp"

#include <memory>
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
};

/// What is known once a restore is committed.
struct restore_facts {
  criu_statistics criu;
  std::string log_path; ///< restore.log, if it was kept
  std::vector<std::string> warnings;
};

/// Order of an import: begin_import, the caller unpacks into targets(), apply_deletions,
/// publish_volumes, check_images, resume, commit. In place: begin_in_place, check_images, resume,
/// commit. Not thread-safe, but directories of targets() may be filled by several threads.
class restore_session {
 public:
  /// Reads config.dump and spec.dump, checks them against policy and this host, and makes the
  /// container: record, directories, staging of its volumes, its mounted root filesystem. Errors:
  /// archive_foreign, archive_refused, archive_incompatible (pod, dependencies, runtime),
  /// container_exists, container_busy, volume_exists, no_such_image, criu_missing, criu_unusable,
  /// runtime_missing, runtime_unsupported, and those of \p archive.
  static expected<restore_session> begin_import(container_host& host, archive_reader& archive,
                                                const restore_options& options,
                                                const std::stop_token& stop = {});

  /// Takes an exited container whose bundle holds a checkpoint. Errors: no_such_container,
  /// wrong_state, container_busy, no_checkpoint, those of the host's programs.
  static expected<restore_session> begin_in_place(container_host& host,
                                                  const std::string& name_or_id,
                                                  const restore_options& options);
  restore_session(restore_session&&) noexcept;
  restore_session& operator=(restore_session&&) = delete;
  ~restore_session(); ///< rolls back, unless committed

  const std::string& id() const;
  const std::string& name() const;

  const restore_targets& targets() const;

  /// Removes what deleted.files lists from the root filesystem. After rootfs-diff.tar was
  /// unpacked. Errors: archive_refused.
  expected<void> apply_deletions(const std::vector<std::string>& paths);

  /// Gives the staged volumes their names. \p unpacked are the volumes whose tar was in the
  /// archive; one that is missing is archive_incompatible. Errors: volume_exists.
  expected<void> publish_volumes(const std::vector<std::string>& unpacked);

  /// Whether the CRIU images are complete and do not give the processes more than the specification
  /// does (not checked with trust). Errors: no_checkpoint, archive_refused.
  expected<void> check_images();

  /// Starts the processes. Errors: restore_failed with CRIU's first error line and the log's path,
  /// timed_out, cancelled.
  expected<void> resume(const std::stop_token& stop = {});

  /// Makes the restored container permanent and removes the checkpoint's files unless they are
  /// kept.
  expected<void> commit();

  /// Complete after commit.
  const restore_facts& facts() const;

 private:
  struct parts;
  explicit restore_session(std::unique_ptr<parts> begun);
  std::unique_ptr<parts> parts_;
};

} // namespace floe
