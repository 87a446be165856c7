#include "actors/budget.hpp"

#include <algorithm>

namespace floe {

budget::budget(handle::pointer self, uint32_t windows)
    : self_{self}, free_{std::max(windows, windows_per_archive_min)} {}

budget::handle::behavior_type budget::make_behavior() {
  return {
      [this](const reserve_windows& request) { return on_reserve(request); },
      [this](const release_windows&) -> caf::result<void> {
        take_back(sender());
        return caf::unit;
      },
      [this](const holder_ended& ended) -> caf::result<void> {
        std::erase_if(waiting_, [&](const auto& job) { return job.holder == ended.holder; });
        take_back(ended.holder);
        return caf::unit;
      },
  };
}

uint64_t budget::sender() const {
  return self_->current_sender()->id();
}

caf::result<windows_reserved> budget::on_reserve(const reserve_windows& request) {
  const auto holder = sender();
  watch(
      caf::actor_cast<caf::actor>(self_->current_sender()),
      [target = handle{self_}, holder](const caf::error&) { tell(target, holder_ended{holder}); });
  auto answer = self_->make_response_promise<windows_reserved>();
  waiting_.push_back({holder, std::max(request.wanted, windows_per_archive_min), answer});
  serve();
  return answer;
}

void budget::serve() {
  while (!waiting_.empty() && free_ >= windows_per_archive_min) {
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    const auto count = std::clamp(free_ / 2, windows_per_archive_min, job.wanted);
    free_ -= count;
    held_[job.holder] += count;
    fulfil(job.answer, windows_reserved{count});
  }
}

void budget::take_back(uint64_t holder) {
  auto held = held_.extract(holder);
  if (held.empty())
    return;
  free_ += held.mapped();
  serve();
}

} // namespace floe
