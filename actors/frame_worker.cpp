#include "actors/frame_worker.hpp"

#include "actors/support/stage_times.hpp"
#include "io/pour/window_slot.hpp"

#include <chrono>

namespace floe {

namespace {

/// A worker does not hear of time otherwise: it works between two messages.
uint64_t monotonic_microseconds() {
  return stage_times::microseconds_of(std::chrono::steady_clock::now());
}

} // namespace

frame_worker::frame_worker(handle::pointer, std::shared_ptr<frame_codec> codec)
    : codec_{std::move(codec)} {}

frame_worker::handle::behavior_type frame_worker::make_behavior() {
  return {
      [this](const compress_slot& request) { return on_compress(request); },
  };
}

caf::result<void> frame_worker::on_compress(const compress_slot& request) {
  auto& slot = *request.slot.value;
  slot.times.compression_begun = monotonic_microseconds();
  auto stored = codec_->encode(slot.content_bytes(), slot.frame_bytes());
  if (!stored)
    return to_caf(stored.error());
  slot.stored = *stored;
  slot.digest = digest_of(digest_method::blake3, slot.stored);
  slot.times.compression_ended = monotonic_microseconds();
  return caf::unit;
}

frame_worker_handle spawn_frame_worker(caf::actor_system& system,
                                       std::shared_ptr<frame_codec> codec) {
  return spawn_state<frame_worker>(system, std::move(codec));
}

} // namespace floe
