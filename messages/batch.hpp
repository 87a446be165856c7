// The protocol of a batch: many jobs, a few at a time.
#pragma once

#include "messages/engine.hpp"

namespace floe {

/// Asks a batch to run its jobs.
/// Sent by: the ENGINE that spawned it, once. Reply: batch_result, always.
struct run_batch {
  uint32_t jobs = 0; ///< slots: so many at once, until they free theirs; 0: batch_jobs_default

  static constexpr const char* message_name = "run_batch";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("jobs", self.jobs));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_batch, caf::first_custom_type_id + 150)
  CAF_ADD_TYPE_ID(floe_batch, (floe::run_batch))
CAF_END_TYPE_ID_BLOCK(floe_batch)

namespace floe {

/// Interface of the BATCH actor.
///
/// Life: spawned by the ENGINE per request; ended by it after the reply to run_batch.
/// Order: run_batch once; cancel_batches in every phase: jobs under way are cancelled, waiting ones
/// not begun. Limits: at most run_batch::jobs jobs have a slot at once; a job has one from its
/// start to its end, or until it frees it. What reads much while its container stands still has the
/// machine to itself: it has the turn until it is captured, and nobody else is frozen meanwhile.
using batch_handle = api<caf::result<batch_result>(run_batch), caf::result<void>(cancel_batches)>;

} // namespace floe
