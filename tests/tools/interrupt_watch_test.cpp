// Goal: signals reach the watch and nobody else. Method: signals to this process, awaited by a
// future.
#include "tools/interrupt_watch.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <future>
#include <unistd.h>

namespace floe {
namespace {

TEST(interrupt_watch, calls_instead_of_ending_the_process) {
  std::promise<int> seen;
  {
    const interrupt_watch watch{[&](int signal) { seen.set_value(signal); }};
    ::kill(::getpid(), SIGTERM);
    EXPECT_EQ(seen.get_future().get(), SIGTERM);
  }
  sigset_t now;
  pthread_sigmask(SIG_BLOCK, nullptr, &now);
  EXPECT_EQ(sigismember(&now, SIGTERM), 0);
}

} // namespace
} // namespace floe
