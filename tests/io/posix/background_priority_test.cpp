// Goal: a thread stands back for others only as long as it is told to. Method: its own nice value.
#include "io/posix/background_priority.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

namespace floe {

namespace {

int nice_of_this_thread() {
  return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
}

TEST(background_priority, is_that_of_its_thread_until_it_ends) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root may raise a priority again";
  const auto before = nice_of_this_thread();
  {
    const background_priority lowered;
    EXPECT_GT(nice_of_this_thread(), before);
  }
  EXPECT_EQ(nice_of_this_thread(), before);
}

} // namespace

} // namespace floe
