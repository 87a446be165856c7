// The protocol of a frame worker: turns the content of windows into frames.
#pragma once

#include "messages/common.hpp"
#include "messages/local_ref.hpp"

namespace floe {

class window_slot;

/// Asks for the frame of a filled slot and its digest. The slot belongs to the worker until the
/// reply.
/// Sent by: the pourer that spawned the worker, one at a time.
/// Reply: empty; or internal, if the compression library fails.
struct compress_slot {
  local_ref<window_slot> slot;
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_frame_worker, caf::first_custom_type_id + 220)
  CAF_ADD_TYPE_ID(floe_frame_worker, (floe::compress_slot))
CAF_END_TYPE_ID_BLOCK(floe_frame_worker)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(floe::compress_slot)

namespace floe {

/// Interface of a FRAME WORKER actor: compresses on a scheduler thread, so that as many work at
/// once as there are cores.
///
/// Life: spawned and ended by a pourer; never restarted.
/// Order: any.
/// Limits: one window per message, a few tens of milliseconds each.
using frame_worker_handle = api<caf::result<void>(compress_slot)>;

} // namespace floe
