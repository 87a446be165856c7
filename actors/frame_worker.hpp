// Compresses windows. The protocol is in messages/frame_worker.hpp.
#pragma once

#include "io/pour/frame_codec.hpp"
#include "messages/frame_worker.hpp"

#include <functional>
#include <memory>

namespace floe {

/// Implements frame_worker_handle.
class frame_worker {
 public:
  using handle = frame_worker_handle;
  static constexpr const char* name = "frame-worker";

  frame_worker(handle::pointer self, std::shared_ptr<frame_codec> codec);

  handle::behavior_type make_behavior();

 private:
  caf::result<void> on_compress(const compress_slot& request);

  std::shared_ptr<frame_codec> codec_; ///< its own: no other actor uses it
};

/// Spawns a FRAME WORKER; whoever asked for it ends it.
using frame_worker_factory =
    std::function<frame_worker_handle(caf::actor_system&, std::shared_ptr<frame_codec>)>;
frame_worker_handle spawn_frame_worker(caf::actor_system& system,
                                       std::shared_ptr<frame_codec> codec);

} // namespace floe
