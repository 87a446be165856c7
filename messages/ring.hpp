// The protocol of the ring: file data in and out, for all pourers of a process.
#pragma once

#include "messages/common.hpp"
#include "messages/local_ref.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace floe {

class durable_file;
class window_slot;

/// Asks for the content of a slot's window. The slot belongs to the ring until the reply.
/// Sent by: a pourer, once per window.
/// Reply: empty, the slot is filled and knows which files had changed; or io_failed, naming the
/// file.
struct fill_slot {
  local_ref<window_slot> slot;
};

/// Asks for bytes to be written into a file. They belong to the ring until the reply.
/// Sent by: a pourer, for one block at a time.
/// Reply: empty, everything is written; or no_space, io_failed.
struct write_block {
  local_ref<durable_file> file; ///< stays open until the reply
  uint64_t offset = 0;
  std::span<const std::byte> bytes;
  local_ref<const void> owner; ///< keeps the bytes alive
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_ring, caf::first_custom_type_id + 210)
  CAF_ADD_TYPE_ID(floe_ring, (floe::fill_slot))
  CAF_ADD_TYPE_ID(floe_ring, (floe::write_block))
CAF_END_TYPE_ID_BLOCK(floe_ring)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(floe::fill_slot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(floe::write_block)

namespace floe {

/// Interface of the RING actor: one per process, it owns nothing but what is under way.
///
/// Life: spawned by whoever starts the actor system, ended by it after the last pourer. What is
/// under way then is answered with error_code::lost.
/// Order: any; requests are served concurrently.
/// Limits: none of its own; each pourer has as many requests under way as it has slots.
using ring_handle = api<caf::result<void>(fill_slot), caf::result<void>(write_block)>;

} // namespace floe
