// Shows a batch under way: lines that are rewritten on a terminal, plain lines elsewhere.
#pragma once

#include "tools/batch_progress.hpp"
#include "tools/console.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace floe {

/// Thread-safe. Uses the console's stderr alone until finish().
class progress_view {
 public:
  enum class style { terminal, plain };

  /// \p streams is copied.
  progress_view(console streams, style how);
  ~progress_view();
  progress_view(const progress_view&) = delete;
  progress_view& operator=(const progress_view&) = delete;

  void show(const job_progress& event);

  /// A line that stays, above the rewritten ones.
  void remark(const std::string& line);

  /// Removes the rewritten lines. Events that come later are ignored.
  void finish();

 private:
  void redraw_until_stopped(const std::stop_token& stop);
  void draw();  ///< with mutex_ held
  void erase(); ///< with mutex_ held

  const console streams_;
  const style style_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  batch_progress progress_;
  size_t lines_drawn_ = 0;
  bool dirty_ = false;
  bool finished_ = false;
  std::jthread painter_; ///< last: it uses all of the above
};

/// The role of an OBSERVER that passes events on to a view.
class progress_observer {
 public:
  using handle = observer_handle;
  static constexpr const char* name = "progress_observer";

  progress_observer(handle::pointer self, std::shared_ptr<progress_view> view);
  handle::behavior_type make_behavior();

 private:
  std::shared_ptr<progress_view> view_;
};

} // namespace floe
