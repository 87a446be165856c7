// Runs dumps and restores of the OCI runtime, a few at a time. The protocol is in
// messages/runtime.hpp.
#pragma once

#include "actors/support/blocking_calls.hpp"
#include "messages/runtime.hpp"

#include <deque>
#include <functional>

namespace floe {

/// Implements runtime_handle.
class runtime {
 public:
  using handle = extended_api<runtime_handle, caf::result<void>(work_done)>;
  static constexpr const char* name = "runtime";

  /// \p slots: how many dumps and restores run at once. CRIU mostly waits for the kernel, so more
  /// than there are cores.
  runtime(handle::pointer self, worker_pool& pool, size_t slots);

  handle::behavior_type make_behavior();

 private:
  using promise = caf::typed_response_promise<runtime_done>;
  struct waiting_request {
    std::function<expected<void>()> work;
    promise answer;
    caf::actor_clock::time_point arrived;
  };

  caf::result<runtime_done> on_dump(const run_dump& request);
  caf::result<runtime_done> on_resume(const resume_session& request);

  promise enqueue(std::function<expected<void>()> work);
  void start_waiting();
  void start(waiting_request request);

  handle::pointer self_;
  blocking_calls<handle> blocking_;
  size_t free_slots_;
  std::deque<waiting_request> waiting_;
};

} // namespace floe
