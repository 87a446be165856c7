#include "tools/foreground_process.hpp"

#include "io/posix/process_watch.hpp"
#include "io/posix/unique_fd.hpp"

#include <array>
#include <csignal>
#include <poll.h>
#include <sys/signalfd.h>
#include <thread>
#include <unistd.h>

namespace floe {

namespace {

sigset_t passed_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2})
    sigaddset(&set, signal);
  return set;
}

/// While it lives, the signals wait for somebody to read them.
class held_signals {
 public:
  held_signals() {
    const auto set = passed_signals();
    pthread_sigmask(SIG_BLOCK, &set, &before_);
    descriptor_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  }
  held_signals(const held_signals&) = delete;
  held_signals& operator=(const held_signals&) = delete;
  ~held_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  int descriptor() const { return descriptor_.get(); }

 private:
  sigset_t before_{};
  unique_fd descriptor_;
};

void pass_on(int signals, int process) {
  signalfd_siginfo info{};
  while (::read(signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    if (info.ssi_code != SI_KERNEL) // not of the terminal
      signal_pidfd(process, static_cast<int>(info.ssi_signo));
}

void pass_on_until(const std::stop_token& stop, int signals, int process) {
  const stop_event stopped{stop};
  while (!stop.stop_requested()) {
    std::array<pollfd, 2> waiting{pollfd{signals, POLLIN, 0}, pollfd{stopped.fd(), POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(), -1);
    pass_on(signals, process);
  }
}

} // namespace

expected<int> run_in_foreground(const process_request& request) {
  const held_signals signals;
  auto child = child_process::start(request);
  if (!child)
    return tl::unexpected{child.error()};
  const auto process = open_pidfd(child->pid());
  const std::jthread passing{[&](const std::stop_token& stop) {
    pass_on_until(stop, signals.descriptor(), process.get());
  }};
  const auto ended = child->wait();
  if (!ended)
    return tl::unexpected{ended.error()};
  return ended->signal != 0 ? 128 + ended->signal : ended->exit_code;
}

} // namespace floe
