#include "actors/frame_worker.hpp"

#include "io/pour/window_slot.hpp"

#include <chrono>

namespace floe {

frame_worker::frame_worker(handle::pointer, std::shared_ptr<frame_codec> codec)
    : codec_{std::move(codec)} {}

frame_worker::handle::behavior_type frame_worker::make_behavior() {
  return {
      [this](const compress_slot& request) { return on_compress(request); },
  };
}

caf::result<void> frame_worker::on_compress(const compress_slot& request) {
  using std::chrono::steady_clock;
  auto& slot = *request.slot.value;
  const auto begin = steady_clock::now();
  auto stored = codec_->encode(slot.content_bytes(), slot.frame_bytes());
  if (!stored)
    return to_caf(stored.error());
  slot.stored = *stored;
  slot.sha256 = sha256_of(slot.stored);
  slot.compress_microseconds = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begin).count());
  return caf::unit;
}

frame_worker_handle spawn_frame_worker(caf::actor_system& system,
                                       std::shared_ptr<frame_codec> codec) {
  return spawn_state<frame_worker>(system, std::move(codec));
}

} // namespace floe
