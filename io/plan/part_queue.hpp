// The parts of a walk in their order. One thread takes them one after another; others look up what
// belongs to those that come next.
#pragma once

#include "io/plan/walk_part.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace floe {

class part_queue {
 public:
  using work = std::function<void(walk_part&)>;

  /// \p look_up is called by any thread, for one part at a time in each.
  explicit part_queue(work look_up) : look_up_{std::move(look_up)} {}

  /// Ends the help; what is being looked up is waited for.
  ~part_queue();

  /// \p part is the next one, before all that are there.
  void push(walk_part part);

  /// Takes the next part, looked up; null: there is none.
  std::shared_ptr<walk_part> next();

  /// Has other threads look up what comes next, if there are cores for them. Once.
  void get_help();

 private:
  enum class progress { waiting, under_way, done };
  struct entry {
    std::shared_ptr<walk_part> part;
    std::shared_ptr<progress> state;
  };

  void help();
  const entry* first_waiting() const;

  work look_up_;
  std::mutex mutex_; ///< guards what follows, and the state of entries
  std::condition_variable changed_;
  std::vector<entry> entries_; ///< the next one last
  bool ending_ = false;
  std::vector<std::jthread> helpers_; ///< of the taking thread
};

} // namespace floe
