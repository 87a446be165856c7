// Plans or fills one volume. The protocol is in messages/volume.hpp.
#pragma once

#include "actors/support/blocking_calls.hpp"
#include "messages/volume.hpp"

namespace floe {

/// Implements volume_handle. Ends itself after its only reply.
class volume {
 public:
  using handle = extended_api<volume_handle, caf::result<void>(work_done)>;
  static constexpr const char* name = "volume";

  volume(handle::pointer self, worker_pool& pool);

  handle::behavior_type make_behavior();

 private:
  caf::result<volume_planned> on_plan(const plan_volume& request);
  caf::result<volume_filled> on_fill(const fill_volume& request);

  template <class Reply>
  void answer(caf::typed_response_promise<Reply> promise, expected<Reply> result);

  handle::pointer self_;
  blocking_calls<handle> blocking_;
};

} // namespace floe
