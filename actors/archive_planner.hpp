// Plans the two parts of one archive. The protocol is in messages/archive_planner.hpp.
#pragma once

#include "actors/support/blocking_calls.hpp"
#include "actors/support/guarded_requests.hpp"
#include "io/plan/archive_plan.hpp"
#include "messages/archive_planner.hpp"

#include <optional>

namespace floe {

/// Implements archive_planner_handle. Volumes, root filesystem and /dev/shm are planned side by
/// side, and joined when all are there.
class archive_planner {
 public:
  using handle = extended_api<archive_planner_handle, caf::result<void>(work_done),
                              caf::result<void>(receiver_ended)>;
  static constexpr const char* name = "archive-planner";

  /// \p pool outlives the actor system.
  archive_planner(handle::pointer self, worker_pool& pool);

  handle::behavior_type make_behavior();

 private:
  caf::result<files_planned> on_files(const plan_files& request);
  caf::result<images_planned> on_images(const plan_images& request);

  void plan_volumes();
  void plan_rootfs();
  void plan_shared_memory();
  void part_planned();
  void join();
  void fail_with(const error& why);
  tar_plan_options options() const { return {request_.align_data}; }

  handle::pointer self_;
  worker_pool& pool_;
  blocking_calls<handle> blocking_;
  guarded_requests<handle> requests_;
  plan_files request_;
  std::optional<caf::typed_response_promise<files_planned>> answer_; ///< until it is given
  archive_files files_;
  std::vector<std::string> warnings_;
  size_t parts_pending_ = 0;
};

} // namespace floe
