// One checkpoint of one container, step by step. Every step blocks; what was begun is undone unless
// it is finished: a container that ran runs again.
#pragma once

#include "io/checkpoint/archive_source.hpp"
#include "io/checkpoint/dump_run.hpp"
#include "io/container/container_host.hpp"
#include "model/checkpoint_options.hpp"
#include "model/operation_result.hpp"

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// What is known once a checkpoint is finished.
struct checkpoint_facts {
  std::chrono::microseconds frozen{0}; ///< how long the container could not run
  criu_statistics criu;
  std::string log_path; ///< dump.log, if it was kept
  std::vector<std::string> warnings;
};

/// Order: begin, [freeze], begin_dump, end_dump, [the archive is poured and durable], finish.
/// capture may come any time after the container stands still, thaw any time after end_dump when it
/// is to go on. Not thread-safe: one step after another, from any thread. Steps return cancelled
/// soon after \p stop was requested.
class checkpoint_session {
 public:
  /// Finds the container, takes its lock for the life of the session and checks everything that
  /// can be checked without touching it, in Podman's order (behaviours.md section 12). Errors:
  /// no_such_container, ambiguous_name, container_busy, criu_missing, criu_unusable,
  /// runtime_missing, runtime_unsupported, wrong_state, auto_remove, has_dependencies, unsupported,
  /// no_checkpoint (with_previous without a pre-checkpoint), no_such_file, target_exists,
  /// target_unwritable.
  static expected<checkpoint_session> begin(container_host& host, container_source source,
                                            const std::string& name_or_id,
                                            const checkpoint_options& options);
  checkpoint_session(checkpoint_session&&) noexcept;
  checkpoint_session& operator=(checkpoint_session&&) = delete;
  ~checkpoint_session(); ///< abort(), unless finished

  const std::string& id() const;
  const std::string& name() const;

  /// Notes the file that is being written, so that a later process deletes it if this one dies.
  /// Call before the file is created.
  expected<void> note_temporary_archive(const std::string& path);

  /// Freezes the container's cgroup before its dump begins, unless CRIU is to stop it: for those
  /// that have to wait for others. Errors: freeze_failed, cancelled.
  expected<void> freeze(const std::stop_token& stop = {});

  /// Prepares the dump of the processes into the bundle, which freezes the container itself, and
  /// later. The caller runs it, beside other steps if it likes, and hands what it returned to
  /// end_dump. Errors: freeze_failed, io_failed, cancelled.
  expected<std::shared_ptr<dump_run>> begin_dump(const std::stop_token& stop = {});

  /// Takes note of what dump_run::run returned, and returns it. Errors: io_failed.
  expected<void> end_dump(expected<void> dumped);

  /// Says what the archive consists of. What it names stays as it is until thaw or finish.
  expected<archive_source> capture(const std::stop_token& stop = {});

  /// Lets the container go on before finish: harmless where it is to be stopped or goes on already.
  expected<void> thaw();

  /// Makes the checkpoint final. Call only when the archive is durable under its name. The
  /// container goes on, or is killed and cleaned up; temporary files vanish; a `--rm` container
  /// that was stopped is removed. From the first irreversible step on \p stop is ignored.
  expected<void> finish(const std::stop_token& stop = {});

  /// Back to how it was before begin: the container runs, or is restored from its bundle where CRIU
  /// had to stop it; partial images and the noted archive vanish. Does nothing after finish. Errors
  /// say what could not be undone.
  expected<void> abort();

  /// Up to now, or until it was thawed or killed.
  std::chrono::microseconds frozen_time() const;

  /// Complete after finish.
  const checkpoint_facts& facts() const;

 private:
  struct parts;
  explicit checkpoint_session(std::unique_ptr<parts> begun);
  std::unique_ptr<parts> parts_;
};

} // namespace floe
