// One restore of one container, from an archive or from its bundle. The protocol is in
// messages/job.hpp.
#pragma once

#include "actors/support/blocking_calls.hpp"
#include "actors/support/guarded_requests.hpp"
#include "actors/support/job_services.hpp"
#include "actors/support/stage_times.hpp"
#include "io/checkpoint/restore_steps.hpp"
#include "io/checkpoint/unpack_archive.hpp"
#include "io/checkpoint/volume_claims.hpp"
#include "messages/job.hpp"
#include "messages/volume.hpp"

#include <optional>
#include <stop_token>

namespace floe {

/// Says that an unpacking thread of this job has got further.
/// Sent by: the job's own workers. Reply: none.
struct unpack_progress {
  uint64_t bytes = 0; ///< since the last one

  static constexpr const char* message_name = "unpack_progress";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("bytes", self.bytes));
  }
};

/// Says that the volumes which other jobs restore are there, or that one of them never will be.
/// Sent by: whatever thread settled the last one. Reply: none.
struct shared_volumes_settled {
  std::string lost; ///< name of one whose restore failed; empty: all are there

  static constexpr const char* message_name = "shared_volumes_settled";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("lost", self.lost));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_restore, caf::first_custom_type_id + 48)
  CAF_ADD_TYPE_ID(floe_restore, (floe::unpack_progress))
  CAF_ADD_TYPE_ID(floe_restore, (floe::shared_volumes_settled))
CAF_END_TYPE_ID_BLOCK(floe_restore)

namespace floe {

/// Implements job_handle.
///
///   read (the archive) → prepare → unpack → check ─┬→ resume → commit → done
///   check (a checkpoint in the bundle) ────────────┘
///   any phase ── error or cancel_job ──→ the session rolls everything back → failed or cancelled
class restore_job {
 public:
  using handle =
      extended_api<job_handle, caf::result<void>(work_done), caf::result<void>(receiver_ended),
                   caf::result<void>(unpack_progress), caf::result<void>(shared_volumes_settled)>;
  static constexpr const char* name = "restore-job";

  /// \p archive: path of what archive_reader opens; empty: run_job::input is a container with a
  /// checkpoint in its bundle. \p claims: of the batch.
  restore_job(handle::pointer self, job_services services, std::string archive,
              restore_options options, std::shared_ptr<volume_claims> claims,
              observer_handle observer);

  /// Work that is still under way hears that nobody waits for it; the session's last reference goes
  /// on a worker.
  ~restore_job();

  handle::behavior_type make_behavior();

 private:
  using session_ref = std::shared_ptr<restore_steps>;

  caf::result<operation_result> on_run(const run_job& request);
  caf::result<void> on_cancel(const cancel_job& request);
  caf::result<void> on_progress(const unpack_progress& progress);
  caf::result<void> on_settled(const shared_volumes_settled& settled);

  void begin_stage(std::string name);
  void report();

  void read_archive();
  void prepare();
  void unpack_previous();
  void unpack();
  void unpack_in_parallel();
  void unpack_group(std::vector<archive_member> members);
  void fill(const archive_member& member);
  void part_unpacked();
  void part_failed(error why);
  void publish();
  void await_shared_volumes();
  void prepare_in_place();
  void resume();
  void commit();
  error was_cancelled() const;
  void fail_with(error why);
  void settle();

  /// Runs a step of the session on a worker, then \p next; an error of the step ends the job.
  void step(std::function<expected<void>()> work, std::function<void()> next);
  unpack_progress_handler progress_handler();

  handle::pointer self_;
  job_services services_;
  std::string archive_path_;
  restore_options options_;
  std::shared_ptr<volume_claims> claims_;
  observer_handle observer_;
  blocking_calls<handle> blocking_;
  guarded_requests<handle> requests_;
  std::stop_source stop_;
  stage_times stages_;
  operation_result result_;
  std::optional<caf::typed_response_promise<operation_result>> answer_;
  std::shared_ptr<archive_reader> archive_;
  std::vector<archive_member> members_;
  session_ref session_;
  unpacked_members unpacked_;
  size_t parts_pending_ = 0;
  std::optional<error> part_error_;
  uint64_t bytes_total_ = 0;
  bool awaiting_volumes_ = false;
};

} // namespace floe
