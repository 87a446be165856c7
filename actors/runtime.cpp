#include "actors/runtime.hpp"

namespace floe {

runtime::runtime(handle::pointer self, worker_pool& pool, size_t slots)
    : self_{self}, blocking_{self, pool}, free_slots_{slots} {}

runtime::handle::behavior_type runtime::make_behavior() {
  return {
      [this](const run_dump& request) { return on_dump(request); },
      [this](const resume_session& request) { return on_resume(request); },
      [this](const work_done& done) { blocking_.on_done(done); },
  };
}

caf::result<runtime_done> runtime::on_dump(const run_dump& request) {
  return enqueue(
      [run = request.run.value, observer = request.observer, stop = request.cancel.token] {
        return run->run(stop, [&] { tell(observer, stands_still{}); });
      });
}

caf::result<runtime_done> runtime::on_resume(const resume_session& request) {
  return enqueue([session = request.session.value, stop = request.cancel.token] {
    return session->resume(stop);
  });
}

runtime::promise runtime::enqueue(std::function<expected<void>()> work) {
  auto answer = self_->make_response_promise<runtime_done>();
  waiting_.push_back({std::move(work), answer, self_->clock().now()});
  start_waiting();
  return answer;
}

void runtime::start_waiting() {
  while (free_slots_ > 0 && !waiting_.empty()) {
    --free_slots_;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    start(std::move(next));
  }
}

void runtime::start(waiting_request request) {
  const auto waited =
      std::chrono::duration_cast<std::chrono::microseconds>(self_->clock().now() - request.arrived);
  blocking_.run(std::move(request.work),
                [this, answer = request.answer, waited](expected<void> result) mutable {
                  ++free_slots_;
                  if (result)
                    fulfil(answer, runtime_done{static_cast<uint64_t>(waited.count())});
                  else
                    refuse(answer, to_caf(result.error()));
                  start_waiting();
                });
}

} // namespace floe
