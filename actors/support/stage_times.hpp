// Measures the stages of a job. They follow each other without a gap, so that they add up to the
// total.
#pragma once

#include "messages/caf_compat.hpp"
#include "model/operation_result.hpp"

#include <string>
#include <utility>
#include <vector>

namespace floe {

class stage_times {
 public:
  using time_point = caf::actor_clock::time_point;

  /// As results and traces have points in time.
  static uint64_t microseconds_of(time_point when) {
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count());
  }

  /// Ends the stage under way and begins another.
  void begin(std::string name, time_point now) {
    close(now);
    name_ = std::move(name);
    since_ = now;
  }

  /// Ends the last stage and writes all into \p result.
  void finish(operation_result& result, time_point now) {
    close(now);
    name_.clear();
    result.stages = stages_;
    result.total_microseconds = 0;
    for (const auto& stage : stages_)
      result.total_microseconds += stage.microseconds;
  }

  const std::string& current() const { return name_; }

 private:
  void close(time_point now) {
    if (name_.empty())
      return;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - since_);
    stages_.push_back({name_, microseconds_of(since_), static_cast<uint64_t>(took.count())});
  }

  std::string name_;
  time_point since_{};
  std::vector<stage_time> stages_;
};

} // namespace floe
