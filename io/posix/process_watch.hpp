// Waiting for processes by pidfd, with a deadline and a stop token: what running programs and
// stopping containers have in common.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <sys/types.h>
#include <vector>

namespace floe {

/// Becomes readable when a stop is requested.
class stop_event {
 public:
  explicit stop_event(const std::stop_token& stop);

  /// -1 if it could not be made; poll(2) ignores that.
  int fd() const { return fd_.get(); }

 private:
  unique_fd fd_;
  std::optional<std::stop_callback<std::function<void()>>> callback_;
};

/// A point in time for poll(2); milliseconds::max() means never.
class poll_deadline {
 public:
  explicit poll_deadline(std::chrono::milliseconds from_now);

  /// Milliseconds left, 0 when it is over, -1 for never.
  int left_ms() const;
  bool is_over() const { return left_ms() == 0; }

 private:
  std::optional<std::chrono::steady_clock::time_point> at_;
};

enum class watch_end { exited, stopped, timed_out };

/// Waits until the process behind \p pidfd has ended; it need not be a child.
watch_end await_exit(int pidfd, std::chrono::milliseconds limit, const std::stop_token& stop = {});

/// The pidfd of a process that need not be a child; empty if it is gone.
unique_fd open_pidfd(pid_t pid);

/// Signals by pidfd. False if it is gone.
bool signal_pidfd(int pidfd, int signal);

/// The pidfd of a process that was given all \p arguments on its command line; empty if there is
/// none.
unique_fd open_process_with_arguments(const std::vector<std::string>& arguments);

/// Waits until such a process, if there is one, has ended: what it was started for may come however
/// late. Errors: timed_out, about \p subject, if it does not end within \p limit.
expected<void> await_process_with_arguments(const std::vector<std::string>& arguments,
                                            std::chrono::milliseconds limit,
                                            const std::string& subject);

/// pidfds of all processes below \p pid, as far as they can be seen now.
std::vector<unique_fd> open_descendants(pid_t pid);

} // namespace floe
