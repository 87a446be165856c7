// All message types of floe, for the configuration of an actor system.
#pragma once

#include "messages/archive_planner.hpp"
#include "messages/batch.hpp"
#include "messages/budget.hpp"
#include "messages/container.hpp"
#include "messages/engine.hpp"
#include "messages/frame_worker.hpp"
#include "messages/group.hpp"
#include "messages/job.hpp"
#include "messages/pourer.hpp"
#include "messages/ring.hpp"
#include "messages/runtime.hpp"
#include "messages/volume.hpp"

namespace floe {

using all_types_config =
    system_config<caf::id_block::floe_common, caf::id_block::floe_engine,
                  caf::id_block::floe_container, caf::id_block::floe_runtime,
                  caf::id_block::floe_volume, caf::id_block::floe_slot, caf::id_block::floe_job,
                  caf::id_block::floe_batch, caf::id_block::floe_pour, caf::id_block::floe_ring,
                  caf::id_block::floe_frame_worker, caf::id_block::floe_budget,
                  caf::id_block::floe_group, caf::id_block::floe_archive_planner>;

} // namespace floe
