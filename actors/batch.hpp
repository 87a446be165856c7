// Many jobs, a few at a time. The protocol is in messages/batch.hpp.
#pragma once

#include "actors/support/guarded_requests.hpp"
#include "messages/batch.hpp"
#include "messages/job.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace floe {

/// A job that is spawned when its turn comes.
struct planned_job {
  std::string operation; ///< checkpoint or restore
  run_job request;
  std::function<job_handle(caf::actor_system&)> spawn;
  std::vector<size_t> after{}; ///< jobs of the batch that must have ended before; never in a circle
};

/// Jobs at once if nobody says: a restore mostly waits for the kernel (environment.md), so more
/// than there are cores on a small machine. For checkpoints the engine says.
constexpr uint32_t batch_jobs_default = 4;
/// What takes about as long to read, compress and write as a dump takes.
constexpr uint64_t small_capture_bytes = uint64_t{64} << 20;
/// CAF's table of outstanding requests is linear (caf.md section 4, pitfall 4).
constexpr uint32_t batch_jobs_max = 256;

/// Implements batch_handle.
class batch {
 public:
  using handle = extended_api<batch_handle, caf::result<void>(receiver_ended),
                              caf::result<turn_given>(await_turn),
                              caf::result<void>(capture_planned), caf::result<void>(free_slot)>;
  static constexpr const char* name = "batch";

  batch(handle::pointer self, std::vector<planned_job> jobs);

  /// Ends the jobs that still run.
  ~batch();

  handle::behavior_type make_behavior();

 private:
  caf::result<batch_result> on_run(const run_batch& request);
  caf::result<void> on_cancel(const cancel_batches& request);
  caf::result<turn_given> on_turn(const await_turn& request);
  caf::result<void> on_capture(const capture_planned& request);
  caf::result<void> on_free(const free_slot& request);
  bool has_room() const;
  bool can_begin(size_t index) const;
  void give_back(size_t index);
  void end_turn(size_t index);

  void start_waiting();
  void start(size_t index);
  void settle(size_t index, operation_result result);
  operation_result failed(size_t index, const error& why) const;
  void finish_if_done();

  handle::pointer self_;
  guarded_requests<handle> requests_;
  std::vector<planned_job> jobs_;
  std::vector<operation_result> results_;
  std::unordered_map<size_t, job_handle> running_;
  std::unordered_set<size_t> with_slot_; ///< of those
  std::optional<size_t> turn_;           ///< of a job whose container may be large, or is
  std::deque<std::pair<size_t, caf::typed_response_promise<turn_given>>> awaiting_turn_;
  std::vector<size_t> waiting_; ///< not begun, in their order
  std::vector<bool> ended_;
  size_t settled_ = 0;
  uint32_t slots_ = batch_jobs_default;
  bool cancelled_ = false;
  caf::actor_clock::time_point started_{};
  std::optional<caf::typed_response_promise<batch_result>> answer_;
};

} // namespace floe
