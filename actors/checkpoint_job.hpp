// One checkpoint of one container. The protocol is in messages/job.hpp.
#pragma once

#include "actors/support/blocking_calls.hpp"
#include "actors/support/guarded_requests.hpp"
#include "actors/support/job_services.hpp"
#include "actors/support/stage_times.hpp"
#include "io/plan/rope.hpp"
#include "messages/archive_planner.hpp"
#include "messages/container.hpp"
#include "messages/group.hpp"
#include "messages/job.hpp"

#include <optional>
#include <stop_token>

namespace floe {

/// Implements job_handle.
///
///   check → wait → freeze ─┬─ dump (stays in the bundle) ──────────────────────────────┬→ finish
///                          ├─ capture → files beside dump ─┬→ write what CRIU has left ┘  → done
///                          └─ dump → capture → files ──────┘
///   any phase ── error or cancel_job ──→ undo (take_step abort) → failed or cancelled
///
/// It waits for memory and for its turn before anything stands still for it; in a group, whose
/// members must all be frozen before one of them can go on, for memory behind the freeze, and in
/// turn with nobody. Files are read beside the dump where floe keeps the container frozen for both.
/// With --leave-running it is thawed as soon as it is dumped and its files have been read.
/// In a group all wait for each other after freeze and after write.
class checkpoint_job {
 public:
  using handle = extended_api<job_handle, caf::result<void>(work_done),
                              caf::result<void>(receiver_ended), caf::result<void>(pour_progress)>;
  static constexpr const char* name = "checkpoint-job";

  /// \p options.export_path is the target, or empty. \p group and \p observer may be invalid.
  checkpoint_job(handle::pointer self, worker_pool& pool, budget_handle budget,
                 pourer_factory spawn_pourer, container_handle container, group_handle group,
                 checkpoint_options options, observer_handle observer);

  /// Work that is still under way hears that nobody waits for it.
  ~checkpoint_job();

  handle::behavior_type make_behavior();

 private:
  caf::result<operation_result> on_run(const run_job& request);
  caf::result<void> on_cancel(const cancel_job& request);
  caf::result<void> on_progress(const pour_progress& progress);

  error was_cancelled() const;
  void begin_stage(std::string name);
  void report(uint64_t bytes_done, uint64_t bytes_total);
  /// Only a plain tar can share blocks with its sources.
  bool aligns_data() const { return options_.method == compression::none; }
  bool exporting() const { return !options_.export_path.empty(); }
  bool thaws_early() const { return options_.thaw_early && options_.leave_running; }

  void begin();
  void reserve(std::function<void()> next);
  void await_turn_to_freeze();
  void give_windows_back();
  void take(checkpoint_step step, std::function<void(step_taken)> next);
  void freeze();
  void dump();
  void capture();
  void plan(capture_ref source);
  void pour();
  void go_on_after_dump();
  void plan_rest();
  void go_on_when_captured();
  void thaw();
  void on_poured(poured reply);
  void go_on_after_pour();
  void finish();
  void undo(error why);
  void undo_archive();
  void abort();
  /// Goes on with \p next when all of the group have come as far; at once without a group.
  void await_group(group_gate gate, std::function<void()> next);
  void settle();

  handle::pointer self_;
  worker_pool& pool_;
  budget_handle budget_;
  pourer_factory spawn_pourer_;
  container_handle container_;
  group_handle group_;
  checkpoint_options options_;
  observer_handle observer_;
  blocking_calls<handle> blocking_;
  guarded_requests<handle> requests_;
  std::stop_source stop_;
  stage_times stages_;
  operation_result result_;
  std::optional<caf::typed_response_promise<operation_result>> answer_;
  slot_owner_handle slots_;
  uint64_t number_ = 0;
  capture_ref source_;
  archive_planner_handle planner_;
  std::shared_ptr<const rope> front_; ///< of the archive: the files
  bool failed_ = false;
  bool dumping_ = false;
  bool dumped_ = false;
  uint32_t windows_ = 0; ///< that are reserved
  bool awaits_windows_ = false;
  bool awaits_turn_ = false;
  pourer_handle pourer_;
  bool captured_ = false; ///< the files have been read
  bool complete_ = false; ///< the archive of a member of a group only lacks its name
  bool released_ = false; ///< nobody waits for the container any more
  bool thawing_ = false;
  bool poured_ = false;
  std::optional<error> thaw_error_;
};

} // namespace floe
