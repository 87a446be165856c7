// The protocol of a job: one checkpoint or one restore of one container.
#pragma once

#include "messages/common.hpp"

namespace floe {

/// Asks for the turn to freeze a container whose files are to be read meanwhile.
/// Sent by: a CHECKPOINT JOB, once, to whom run_job names. Reply: turn_given, when no other job has
/// the turn.
struct await_turn {
  uint64_t job = 0; ///< run_job::number

  static constexpr const char* message_name = "await_turn";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("job", self.job));
  }
};

/// States that the job has the turn: until its container is captured, or proves to be small.
struct turn_given {
  bool now = true;

  static constexpr const char* message_name = "turn_given";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("now", self.now));
  }
};

/// Says how much has to be read while the job's container stands still.
/// Sent by: the CHECKPOINT JOB that has the turn, at most once, to whom run_job names. Reply: none.
struct capture_planned {
  uint64_t job = 0;   ///< run_job::number
  uint64_t bytes = 0; ///< of files

  static constexpr const char* message_name = "capture_planned";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("job", self.job), field("bytes", self.bytes));
  }
};

/// Says that a job does not need its slot any more: no container waits for what it still does.
/// Sent by: a CHECKPOINT JOB whose container is captured, at most once, to whom run_job names.
/// Reply: none.
struct free_slot {
  uint64_t job = 0; ///< run_job::number

  static constexpr const char* message_name = "free_slot";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("job", self.job));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_slot, caf::first_custom_type_id + 145)
  CAF_ADD_TYPE_ID(floe_slot, (floe::await_turn))
  CAF_ADD_TYPE_ID(floe_slot, (floe::turn_given))
  CAF_ADD_TYPE_ID(floe_slot, (floe::capture_planned))
  CAF_ADD_TYPE_ID(floe_slot, (floe::free_slot))
CAF_END_TYPE_ID_BLOCK(floe_slot)

namespace floe {

/// The role of a SLOT OWNER: whoever lets a few jobs at a time do what containers wait for.
using slot_owner_handle = api<caf::result<turn_given>(await_turn),
                              caf::result<void>(capture_planned), caf::result<void>(free_slot)>;

/// Asks a job to do its work.
/// Sent by: the BATCH that spawned it, once. Reply: operation_result, always, also when it failed
/// or was cancelled.
struct run_job {
  std::string input;         ///< what the user typed: a name, an id prefix, an archive's path
  std::string id{};          ///< of the container, as far as it is known
  std::string name{};        ///< likewise
  uint64_t number = 0;       ///< for the slot owner
  slot_owner_handle slots{}; ///< may be null

  static constexpr const char* message_name = "run_job";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("input", self.input), field("id", self.id), field("name", self.name),
                 field("number", self.number), field("slots", self.slots));
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
