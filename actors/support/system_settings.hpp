// The configuration of an actor system that floe's actors run in.
#pragma once

#include "actors/budget.hpp"
#include "actors/container.hpp"
#include "actors/pourer.hpp"
#include "actors/restore_job.hpp"
#include "actors/ring.hpp"
#include "messages/type_ids.hpp"

namespace floe {

/// All messages, those that actors send to themselves too.
struct system_settings : all_types_config {
  explicit system_settings(size_t threads) : all_types_config{threads} {
#if FLOE_CAF_017
    add_message_types<caf::id_block::floe_blocking>();
    add_message_types<caf::id_block::floe_guard>();
    add_message_types<caf::id_block::floe_holder>();
    add_message_types<caf::id_block::floe_restore>();
    add_message_types<caf::id_block::floe_transfer>();
#endif
  }
};

} // namespace floe
