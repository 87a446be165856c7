#include "tools/interrupt_watch.hpp"

#include "io/posix/process_watch.hpp"
#include "io/posix/unique_fd.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace floe {

namespace {

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&set, signal);
  return set;
}

/// Returns 0 when there is none.
int next_signal(const unique_fd& signals) {
  signalfd_siginfo info{};
  if (::read(signals.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info))
    return 0;
  return static_cast<int>(info.ssi_signo);
}

void read_until_stopped(const std::stop_token& stop, const unique_fd& signals,
                        const std::function<void(int)>& on_signal) {
  const stop_event stopped{stop};
  while (!stop.stop_requested()) {
    std::array<pollfd, 2> waiting{pollfd{signals.get(), POLLIN, 0},
                                  pollfd{stopped.fd(), POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(), -1);
    while (const int signal = next_signal(signals))
      on_signal(signal);
  }
}

} // namespace

signals_blocked::signals_blocked() {
  const auto set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

signals_blocked::~signals_blocked() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

interrupt_watch::interrupt_watch(std::function<void(int)> on_signal) {
  reader_ = std::jthread{[on_signal = std::move(on_signal)](const std::stop_token& stop) {
    const auto set = watched_signals();
    const unique_fd signals{::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
    read_until_stopped(stop, signals, on_signal);
  }};
}

interrupt_watch::~interrupt_watch() {
  reader_.request_stop();
  reader_.join();
}

} // namespace floe
