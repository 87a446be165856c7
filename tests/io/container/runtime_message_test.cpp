// Goal: a runtime's failure becomes one clear sentence. Method: texts as runc, crun and their logs
// write them.
#include "io/container/criu_program.hpp"
#include "io/container/runc_runtime.hpp"
#include "io/container/runtime_message.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

using namespace floe;

TEST(runtime_message, takes_the_last_error_of_a_json_log) {
  EXPECT_EQ(runtime_message("{\"level\":\"warning\",\"msg\":\"careful\"}\n"
                            "{\"level\":\"error\",\"msg\":\"first\"}\n"
                            "{\"level\":\"error\",\"msg\":\"exec: \\\"x\\\": not found\"}\n"),
            "exec: \"x\": not found");
}

TEST(runtime_message, understands_plain_and_logrus_lines) {
  EXPECT_EQ(runtime_message("container does not exist\n"), "container does not exist");
  EXPECT_EQ(runtime_message("time=\"2026\" level=error msg=\"a \\\"b\\\" c\"\n"), "a \"b\" c");
  EXPECT_EQ(runtime_message("{\"level\":\"warning\",\"msg\":\"careful\"}\n\n"), "");
  EXPECT_EQ(runtime_message("{broken\n"), "");
}

TEST(runtime_message, keeps_only_the_line_that_says_what_is_wrong) {
  auto error =
      runtime_error("container web", "a\nexec: \"x\": executable file not found in $PATH\nb");
  EXPECT_EQ(error.cause, "exec: \"x\": executable file not found in $PATH");
  EXPECT_FALSE(error.advice.empty());
  EXPECT_EQ(runtime_error("x", "one\ntwo").cause, "one; two");
  EXPECT_FALSE(runtime_error("x", "").cause.empty());
}

TEST(criu_program, versions_are_numbers_as_criu_counts_them) {
  EXPECT_EQ(parse_criu_version("Version: 4.2.1\n"), 40201u);
  EXPECT_EQ(parse_criu_version("Version: 3.17\nGitID: v3.17\n"), 31700u);
  EXPECT_FALSE(parse_criu_version("criu: not found"));
  EXPECT_FALSE(parse_criu_version("Version: x"));
}

TEST(criu_program, a_missing_one_is_named) {
  auto found = find_criu("/nowhere/criu");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, error_code::criu_missing);
}

TEST(runc_runtime, finds_the_first_error_in_a_criu_log) {
  std::string path = ::testing::TempDir() + "/floe-dump.log";
  std::ofstream{path} << "(00.1) Warn  (criu/a.c:1): w\n(00.2) Error (criu/s.c:7): sockets: Can't\n"
                         "(00.3) Error (criu/x.c:9): later\n";
  EXPECT_EQ(first_criu_error(path), "sockets: Can't");
  std::remove(path.c_str());
  EXPECT_EQ(first_criu_error(path), "");
}
