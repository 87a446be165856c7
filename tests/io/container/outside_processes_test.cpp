// Goal: processes that do not belong to a container's tree are recognized. Method: texts of
// /proc/PID/stat; the real thing is in tests/cli/checkpoint_test.sh.
#include "io/container/outside_processes.hpp"

#include <gtest/gtest.h>

using namespace floe;

TEST(outside_processes, are_read_from_lines_with_any_name) {
  EXPECT_EQ(parse_process_stat("12 (sleep) S 7 12 12 0").parent, 7);
  EXPECT_EQ(parse_process_stat("12 (a) b (c) R 34 1").parent, 34);
  EXPECT_EQ(parse_process_stat("12 (a) b (c) R 34 1").name, "a) b (c");
}

TEST(outside_processes, are_not_seen_in_what_is_no_such_line) {
  for (const auto* text : {"", "12", "12 (", ")(", "12 (x)", "12 (x) S"})
    EXPECT_EQ(parse_process_stat(text).parent, 0) << text;
}
