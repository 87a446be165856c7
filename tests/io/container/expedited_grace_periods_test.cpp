// Goal: grace periods are expedited as long as somebody needs it and not longer, whoever dies.
// Method: a file instead of the kernel's knob.
#include "io/container/expedited_grace_periods.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

using namespace floe;
using namespace floe::test;

namespace {

class expedited_grace_periods_of : public testing::Test {
 protected:
  void SetUp() override { write_file(knob, "0\n"); }

  auto begin() { return expedited_grace_periods::begin(run_root, knob); }
  /// What it noted is there, its lock is not.
  void leave_as_one_that_was_killed() {
    write_file(run_root + "/rcu-expedited", "0");
    write_file(knob, "1\n");
  }

  std::string value() const { return read_file(knob).substr(0, 1); }

  scratch_directory scratch;
  std::string knob = scratch / "rcu_expedited";
  std::string run_root = scratch / "run";
};

} // namespace

TEST_F(expedited_grace_periods_of, last_as_long_as_anybody_needs_them) {
  auto first = begin();
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(value(), "1");
  auto second = begin();
  ASSERT_TRUE(second);
  first->reset();
  EXPECT_EQ(value(), "1");
  second->reset();
  EXPECT_EQ(value(), "0");
  EXPECT_EQ(end_left_expedition(run_root, knob), false);
}

TEST_F(expedited_grace_periods_of, leave_a_host_alone_that_has_them_anyway) {
  write_file(knob, "1\n");
  begin()->reset();
  EXPECT_EQ(value(), "1");
}

TEST_F(expedited_grace_periods_of, are_ended_behind_a_process_that_is_killed) {
  leave_as_one_that_was_killed();
  EXPECT_EQ(value(), "1");
  EXPECT_EQ(end_left_expedition(run_root, knob), true);
  EXPECT_EQ(value(), "0");
}

TEST_F(expedited_grace_periods_of, are_not_ended_while_somebody_else_needs_them) {
  const auto held = begin();
  EXPECT_EQ(end_left_expedition(run_root, knob), false);
  EXPECT_EQ(value(), "1");
}

TEST_F(expedited_grace_periods_of, remember_what_was_before_a_process_that_is_killed) {
  leave_as_one_that_was_killed();
  begin()->reset();
  EXPECT_EQ(value(), "0");
}

TEST_F(expedited_grace_periods_of, are_refused_where_the_host_does_not_let_us) {
  const auto refused = expedited_grace_periods::begin(run_root, scratch / "none");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, error_code::unsupported);
  EXPECT_EQ(end_left_expedition(run_root, scratch / "none"), false);
}
