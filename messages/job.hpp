// The protocol of a job: one checkpoint or one restore of one container.
#pragma once

#include "messages/common.hpp"

namespace floe {

/// Asks a job to do its work.
/// Sent by: the BATCH that spawned it, once. Reply: operation_result, always, also when it failed
/// or was cancelled.
struct run_job {
  std::string input;  ///< what the user typed: a name, an id prefix, an archive's path
  std::string id{};   ///< of the container, as far as it is known
  std::string name{}; ///< likewise

  static constexpr const char* message_name = "run_job";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("input", self.input), field("id", self.id), field("name", self.name));
  }
};

/// Stops a job at the next possible point and undoes what it began; run_job is answered then.
/// Idempotent. Sent by: the BATCH. Reply: empty, at once.
struct cancel_job {
  bool now = true;

  static constexpr const char* message_name = "cancel_job";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("now", self.now));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_job, caf::first_custom_type_id + 140)
  CAF_ADD_TYPE_ID(floe_job, (floe::run_job))
  CAF_ADD_TYPE_ID(floe_job, (floe::cancel_job))
CAF_END_TYPE_ID_BLOCK(floe_job)

namespace floe {

/// Interface of a CHECKPOINT JOB and of a RESTORE JOB.
///
/// Life: spawned by a BATCH when there is a slot; ended by it after the reply to run_job.
/// Order: run_job once; cancel_job in every phase.
using job_handle = api<caf::result<operation_result>(run_job), caf::result<void>(cancel_job)>;

} // namespace floe
