// Turns Ctrl-C and its relatives into a call, while something is under way that must be undone.
#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace floe {

/// While it lives, this thread, and every thread that is started from it, does not receive SIGINT,
/// SIGTERM and SIGHUP. Threads that are started so leave the signals to the main thread.
class signals_blocked {
 public:
  signals_blocked();
  ~signals_blocked();
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

 private:
  sigset_t before_{};
};

/// While it lives, SIGINT, SIGTERM and SIGHUP do not end the process: \p on_signal is called with
/// the number instead, on a thread of its own. To be made on the main thread; all other threads
/// were started with the signals blocked.
class interrupt_watch {
 public:
  explicit interrupt_watch(std::function<void(int signal)> on_signal);
  ~interrupt_watch();
  interrupt_watch(const interrupt_watch&) = delete;
  interrupt_watch& operator=(const interrupt_watch&) = delete;

 private:
  signals_blocked blocked_;
  std::jthread reader_;
};

} // namespace floe
