// Goal: the exit status says what happened. Method: the table of the documentation, case by case.
#include "tools/exit_code.hpp"

#include <gtest/gtest.h>

namespace floe {
namespace {

error because(error_code code) {
  return {code, "", "", ""};
}

TEST(judge, counts_what_was_done) {
  EXPECT_EQ(judge(0, {}), exit_code::done);
  EXPECT_EQ(judge(3, {}), exit_code::done);
  EXPECT_EQ(judge(1, {because(error_code::dump_failed)}), exit_code::some_failed);
  EXPECT_EQ(judge(0, {because(error_code::dump_failed)}), exit_code::nothing_done);
}

TEST(judge, tells_why_nothing_was_done) {
  EXPECT_EQ(judge(0, {because(error_code::usage)}), exit_code::usage);
  EXPECT_EQ(judge(0, {because(error_code::not_root)}), exit_code::host_unable);
  EXPECT_EQ(judge(0, {because(error_code::criu_missing), because(error_code::wrong_state)}),
            exit_code::nothing_done);
  EXPECT_EQ(judge(1, {because(error_code::criu_missing)}), exit_code::some_failed);
}

TEST(judge, puts_a_deadline_before_everything_else) {
  EXPECT_EQ(judge(5, {because(error_code::deadline_reached)}), exit_code::deadline);
}

} // namespace
} // namespace floe
