// Goal: a program that a container does not have, one that cannot be run and one that ended by
// itself are told apart. Method: logs as runc 1.1 and crun 1.8 write them.
#include "io/container/exec_failure.hpp"

#include <gtest/gtest.h>

using namespace floe;

namespace {

std::string log_line(const std::string& message, const std::string& level = "error") {
  return R"({"level":")" + level + R"(","msg":")" + message +
         R"(","time":"2024-01-01T00:00:00Z"})" + "\n";
}

exec_refusal refusal_in(const std::string& message) {
  const auto failure = exec_failure_in(log_line(message), "container web");
  EXPECT_TRUE(failure) << message;
  return failure ? failure->what : exec_refusal::other;
}

} // namespace

TEST(exec_failure, is_none_if_the_program_ran) {
  EXPECT_FALSE(exec_failure_in("", "container web"));
  EXPECT_FALSE(exec_failure_in(log_line("a limit was lowered", "warning"), "container web"));
}

TEST(exec_failure, is_a_program_that_is_not_there) {
  const std::string start = "exec failed: unable to start container process: ";
  EXPECT_EQ(refusal_in(start + R"(exec: \"nope\": executable file not found in $PATH)"),
            exec_refusal::not_found);
  EXPECT_EQ(refusal_in(start + R"(exec: \"/nope\": stat /nope: no such file or directory)"),
            exec_refusal::not_found);
  EXPECT_EQ(refusal_in("executable file `nope` not found in $PATH: No such file or directory"),
            exec_refusal::not_found);
}

TEST(exec_failure, is_a_program_that_cannot_be_run) {
  const std::string start = "exec failed: unable to start container process: ";
  EXPECT_EQ(refusal_in(start + R"(exec: \"/etc/passwd\": permission denied)"),
            exec_refusal::not_executable);
  EXPECT_EQ(refusal_in(start + "exec /data/file: exec format error"), exec_refusal::not_executable);
}

TEST(exec_failure, may_have_nothing_to_do_with_the_program) {
  const auto failure =
      exec_failure_in(log_line("cannot exec in a stopped container"), "container web");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->what, exec_refusal::other);
  EXPECT_EQ(failure->why.code, error_code::runtime_failed);
  EXPECT_EQ(failure->why.subject, "container web");
  EXPECT_EQ(failure->why.cause, "cannot exec in a stopped container");
}

TEST(exec_failure, is_looked_for_in_a_log_of_the_command) {
  EXPECT_EQ(with_runtime_log({"/bin/runc", "exec", "id"}, "/log"),
            (std::vector<std::string>{"/bin/runc", "--log", "/log", "--log-format", "json", "exec",
                                      "id"}));
}
