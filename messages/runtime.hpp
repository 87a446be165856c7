// The protocol of the OCI runtime: the steps in which it and CRIU work, as many at once as there
// are slots.
#pragma once

#include "io/checkpoint/checkpoint_session.hpp"
#include "io/checkpoint/restore_steps.hpp"
#include "messages/common.hpp"
#include "messages/local_ref.hpp"

namespace floe {

/// Says that a container stands still and its dump goes on.
/// Sent by: the RUNTIME actor's workers, at most once for each run_dump, before its reply, to whom
/// that names. Reply: none.
struct stands_still {
  bool now = true;

  static constexpr const char* message_name = "stands_still";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("now", self.now));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_still, caf::first_custom_type_id + 125)
  CAF_ADD_TYPE_ID(floe_still, (floe::stands_still))
CAF_END_TYPE_ID_BLOCK(floe_still)

namespace floe {

/// The role of whoever waits for a container to stand still.
using still_observer_handle = api<caf::result<void>(stands_still)>;

/// Asks for the dump of a container that is held.
/// Sent by: a CONTAINER actor, whose session takes other steps meanwhile.
/// Reply: runtime_done; or dump_failed, freeze_failed, timed_out, cancelled.
struct run_dump {
  local_ref<dump_run> run;
  still_observer_handle observer;
  cancellation cancel;

  static constexpr const char* message_name = "run_dump";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("run", self.run), field("observer", self.observer),
                 field("cancel", self.cancel));
  }
};

/// Asks for the processes of a prepared restore to be started.
/// Sent by: a RESTORE JOB; it does not touch the session until the reply.
/// Reply: runtime_done; or restore_failed, timed_out, cancelled.
struct resume_session {
  local_ref<restore_steps> session;
  cancellation cancel;

  static constexpr const char* message_name = "resume_session";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("session", self.session), field("cancel", self.cancel));
  }
};

/// States that the runtime has done it, and how long the request had to wait for a slot.
struct runtime_done {
  uint64_t waited_microseconds = 0;

  static constexpr const char* message_name = "runtime_done";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("waited_microseconds", self.waited_microseconds));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_runtime, caf::first_custom_type_id + 120)
  CAF_ADD_TYPE_ID(floe_runtime, (floe::run_dump))
  CAF_ADD_TYPE_ID(floe_runtime, (floe::resume_session))
  CAF_ADD_TYPE_ID(floe_runtime, (floe::runtime_done))
CAF_END_TYPE_ID_BLOCK(floe_runtime)

namespace floe {

/// Interface of the RUNTIME actor.
///
/// Life: one per engine, spawned and ended by it.
/// Order: any; what finds no free slot waits in the order of arrival.
using runtime_handle =
    api<caf::result<runtime_done>(run_dump), caf::result<runtime_done>(resume_session)>;

} // namespace floe
