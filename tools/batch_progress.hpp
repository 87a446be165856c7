// What is known of a batch under way, and the lines that show it. Pure: the caller says what time
// it is and how large the terminal is.
#pragma once

#include "messages/common.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace floe {

class batch_progress {
 public:
  using time = std::chrono::steady_clock::time_point;

  /// Takes an event in. Returns true if its job entered another stage.
  bool apply(const job_progress& event, time now);

  /// One line per job under way, the oldest first and as many as fit, and one for all of them. No
  /// line is longer than \p columns; together they leave one of \p rows free.
  std::vector<std::string> render(unsigned rows, unsigned columns, time now) const;

  /// One line for a stage that a job entered, for logs.
  static std::string plain_line(const job_progress& event);

  /// Bytes per second over the last seconds; 0 if nothing moved.
  double rate(time now) const;

 private:
  struct job {
    std::string shown; ///< the container's name, or the archive's file name
    std::string stage;
    uint64_t bytes_done = 0;
    uint64_t bytes_total = 0;
    time begun;
    time bytes_begun; ///< when its size became known
    bool over() const;
  };
  struct sample {
    time at;
    uint64_t bytes_done = 0;
  };

  std::string line_of(const job& which, size_t name_width, unsigned columns, time now) const;
  std::string total_line(time now) const;

  std::map<std::string, job> jobs_;  ///< by what the user typed
  std::vector<std::string> arrival_; ///< keys of jobs_
  std::deque<sample> samples_;
  uint64_t bytes_done_ = 0; ///< of all jobs
};

} // namespace floe
