// The protocol of a group: containers that are checkpointed together, all of them or none.
#pragma once

#include "messages/common.hpp"

namespace floe {

/// How far a checkpoint has come.
enum class group_gate : uint8_t {
  frozen = 0,   ///< the container stands still; nothing is dumped yet
  complete = 1, ///< the archive is durable and has no name yet, or is not wanted
  archived = 2  ///< the archive has its name; the container is still as it was
};

/// Asks to go on when all members have come this far.
/// Sent by: a CHECKPOINT JOB of the group, in the order of the enumeration.
/// Reply: empty; or the error of the member that failed.
struct pass_gate {
  group_gate gate = group_gate::frozen;

  static constexpr const char* message_name = "pass_gate";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("gate", self.gate));
  }
};

/// States that all members have come so far.
struct gate_open {
  group_gate gate = group_gate::frozen;

  static constexpr const char* message_name = "gate_open";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("gate", self.gate));
  }
};

/// Says that a member has failed: all others fail too, unless every gate is open already.
/// Sent by: a CHECKPOINT JOB of the group. Reply: empty, at once.
struct leave_group {
  std::string why; ///< one line that names the member and the cause

  static constexpr const char* message_name = "leave_group";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("why", self.why));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_group, caf::first_custom_type_id + 170)
  CAF_ADD_TYPE_ID(floe_group, (floe::group_gate))
  CAF_ADD_TYPE_ID(floe_group, (floe::pass_gate))
  CAF_ADD_TYPE_ID(floe_group, (floe::gate_open))
  CAF_ADD_TYPE_ID(floe_group, (floe::leave_group))
CAF_END_TYPE_ID_BLOCK(floe_group)

namespace floe {

/// Interface of the GROUP actor.
///
/// Life: spawned by the ENGINE for a batch, ended by it with the batch.
/// Order: each member passes the gates in order, or leaves.
using group_handle = api<caf::result<gate_open>(pass_gate), caf::result<void>(leave_group)>;

} // namespace floe
