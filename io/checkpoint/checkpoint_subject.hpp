// The container that a checkpoint is made of, held against everybody else, and what of a checkpoint
// differs with the source that it comes from.
#pragma once

#include "io/checkpoint/archive_source.hpp"
#include "io/container/container_host.hpp"
#include "model/checkpoint_options.hpp"

#include <memory>
#include <string>

namespace floe {

/// Held while it lives. Not thread-safe: one call after another, from any thread.
class checkpoint_subject {
 public:
  virtual ~checkpoint_subject() = default;

  const container_record& record() const { return record_; }
  const std::string& id() const { return record_.config.id; }
  std::string name() const; ///< `container NAME`, for errors

  /// Where config.json, the images and CRIU's logs are.
  const std::string& bundle() const { return bundle_; }

  oci_runtime& runtime() const { return *runtime_; }
  bool is_alive() const; ///< its processes are there, running or frozen

  virtual container_source source() const = 0;

  /// Whether the source allows it at all, and whether all documents are there. Before capture.
  /// Errors: unsupported, has_dependencies, no_such_file, archive_refused.
  virtual expected<void> check(const checkpoint_options& options) = 0;

  /// What the archive consists of. Reads documents only; the paths are looked at by whoever plans
  /// them. Errors: no_such_volume, no_such_image.
  virtual expected<archive_source> capture(const checkpoint_options& options,
                                           const std::string& images) = 0;

  /// Puts into the bundle what vanishes with the processes and a restore in place needs, one with
  /// connections in it more.
  virtual expected<void> save_volatile_state(bool tcp_established) = 0;

  /// Has the processes, which are frozen, killed. They may be gone only when they are thawed.
  virtual expected<void> kill_frozen() = 0;

  /// Waits until the processes are gone, cleans up behind them and makes the container exited and
  /// checkpointed. \p log_path is empty if the log of the dump is not kept. Errors: timed_out,
  /// runtime_failed, io_failed.
  virtual expected<void> end_checkpointed(const std::string& log_path) = 0;

  /// Starts processes that CRIU has stopped from their images in the bundle. Errors: those of a
  /// restore.
  virtual expected<void> revive(bool tcp_established, bool file_locks) = 0;

  /// Removes a `--rm` container after its end, with what belongs to it.
  virtual expected<void> remove_ended() = 0;

 protected:
  checkpoint_subject(container_record record, std::string bundle, oci_runtime& runtime)
      : record_{std::move(record)}, bundle_{std::move(bundle)}, runtime_{&runtime} {}

  container_record record_;
  std::string bundle_;
  oci_runtime* runtime_;
};

/// Finds a container of any source by its id and takes its lock. Errors:
/// no_such_container, ambiguous_name, container_busy, runtime_missing, criu_missing, criu_unusable.
expected<std::unique_ptr<checkpoint_subject>>
hold_subject(container_host& host, container_source source, const std::string& name_or_id);

} // namespace floe
