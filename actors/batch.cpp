#include "actors/batch.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace floe {

namespace {

const std::string& shown_name(const run_job& request) {
  return request.name.empty() ? request.input : request.name;
}

} // namespace

batch::batch(handle::pointer self, std::vector<planned_job> jobs)
    : self_{self}, requests_{self}, jobs_{std::move(jobs)}, results_(jobs_.size()),
      waiting_(jobs_.size()), ended_(jobs_.size()) {
  std::iota(waiting_.begin(), waiting_.end(), size_t{0});
}

batch::~batch() {
  for (const auto& [index, job] : running_)
    end_actor(job);
}

batch::handle::behavior_type batch::make_behavior() {
  return {
      [this](const run_batch& request) { return on_run(request); },
      [this](const cancel_batches& request) { return on_cancel(request); },
      [this](const receiver_ended& ended) { requests_.on_ended(ended); },
      [this](const await_turn& request) { return on_turn(request); },
      [this](const capture_planned& request) { return on_capture(request); },
      [this](const free_slot& request) { return on_free(request); },
  };
}

caf::result<batch_result> batch::on_run(const run_batch& request) {
  if (request.jobs > 0)
    slots_ = std::min(request.jobs, batch_jobs_max);
  started_ = self_->clock().now();
  auto answer = self_->make_response_promise<batch_result>();
  answer_ = answer;
  start_waiting();
  finish_if_done();
  return answer;
}

caf::result<void> batch::on_cancel(const cancel_batches&) {
  cancelled_ = true;
  for (const auto& [index, job] : running_)
    tell(self_, job, cancel_job{});
  start_waiting();
  finish_if_done();
  return caf::unit;
}

caf::result<turn_given> batch::on_turn(const await_turn& request) {
  if (!turn_) {
    turn_ = request.job;
    return turn_given{};
  }
  auto answer = self_->make_response_promise<turn_given>();
  awaiting_turn_.emplace_back(request.job, answer);
  return answer;
}

caf::result<void> batch::on_capture(const capture_planned& request) {
  if (request.bytes <= small_capture_bytes)
    end_turn(request.job);
  return caf::unit;
}

caf::result<void> batch::on_free(const free_slot& request) {
  give_back(request.job);
  start_waiting();
  finish_if_done();
  return caf::unit;
}

void batch::give_back(size_t index) {
  with_slot_.erase(index);
  std::erase_if(awaiting_turn_, [index](const auto& each) { return each.first == index; });
  end_turn(index);
}

void batch::end_turn(size_t index) {
  if (turn_ != index)
    return;
  turn_.reset();
  if (awaiting_turn_.empty())
    return;
  auto [next, answer] = std::move(awaiting_turn_.front());
  awaiting_turn_.pop_front();
  turn_ = next;
  fulfil(answer, turn_given{});
}

bool batch::has_room() const {
  return with_slot_.size() < slots_ && running_.size() < batch_jobs_max;
}

bool batch::can_begin(size_t index) const {
  return cancelled_ ||
         std::ranges::all_of(jobs_[index].after, [this](size_t other) { return ended_[other]; });
}

void batch::start_waiting() {
  while (cancelled_ || has_room()) {
    const auto next =
        std::ranges::find_if(waiting_, [this](size_t index) { return can_begin(index); });
    if (next == waiting_.end())
      return;
    const auto index = *next;
    waiting_.erase(next);
    if (cancelled_)
      settle(index, failed(index, {error_code::cancelled, shown_name(jobs_[index].request),
                                   "it was cancelled before it began", ""}));
    else
      start(index);
  }
}

void batch::start(size_t index) {
  auto job = jobs_[index].spawn(self_->home_system());
  running_.emplace(index, job);
  with_slot_.insert(index);
  auto done = [this, index](operation_result result) {
    end_actor(running_.at(index));
    running_.erase(index);
    give_back(index);
    settle(index, std::move(result));
    start_waiting();
    finish_if_done();
  };
  auto request = jobs_[index].request;
  request.number = index;
  request.slots = handle{self_};
  requests_.ask<operation_result>(
      job, std::move(request), jobs_[index].request.input, done,
      [this, index, done](const error& why) { done(failed(index, why)); });
}

operation_result batch::failed(size_t index, const error& why) const {
  operation_result result;
  result.operation = jobs_[index].operation;
  const auto& request = jobs_[index].request;
  result.input = request.input;
  result.id = request.id;
  result.name = shown_name(request);
  set_error(result, why);
  return result;
}

void batch::settle(size_t index, operation_result result) {
  results_[index] = std::move(result);
  ended_[index] = true;
  ++settled_;
}

void batch::finish_if_done() {
  if (settled_ < jobs_.size() || !answer_)
    return;
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(self_->clock().now() - started_);
  fulfil(*answer_, batch_result{std::move(results_), static_cast<uint64_t>(took.count())});
  answer_.reset();
}

} // namespace floe
