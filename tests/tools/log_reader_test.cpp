// Goal: container logs are read as conmon writes them. Method: files written piece by piece.
#include "tools/log_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace floe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class log_file : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }
  void TearDown() override { std::filesystem::remove(path_); }

  void append(const std::string& text) { std::ofstream{path_, std::ios::app} << text; }

  std::vector<std::string> read(log_reader& log) {
    std::vector<std::string> texts;
    EXPECT_TRUE(log.read_available([&](const log_line& line) { texts.push_back(line.text); }));
    return texts;
  }

  std::string path_ = ::testing::TempDir() + "ctr-" +
                      ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".log";
};

TEST(parse_log_line, splits_a_line) {
  EXPECT_EQ(parse_log_line("2026-01-01T00:00:00+00:00 stderr P half a  line"),
            (log_line{"2026-01-01T00:00:00+00:00", true, true, "half a  line"}));
  EXPECT_EQ(parse_log_line("T stdout F "), (log_line{"T", false, false, ""}));
  for (const auto* bad : {"", "T", "T stdout", "T stdlog F x", "T stdout X x"})
    EXPECT_FALSE(parse_log_line(bad)) << bad;
}

TEST_F(log_file, is_empty_until_it_is_there_and_read_only_once) {
  log_reader log{path_};
  EXPECT_THAT(read(log), IsEmpty());
  append("T stdout F one\nT stdout F tw");
  EXPECT_THAT(read(log), ElementsAre("one"));
  append("o\n");
  EXPECT_THAT(read(log), ElementsAre("two"));
  EXPECT_THAT(read(log), IsEmpty());
}

TEST_F(log_file, that_was_created_is_read_even_when_it_is_gone) {
  log_reader log{path_};
  ASSERT_TRUE(log.create());
  append("T stdout F last words\n");
  std::filesystem::remove(path_);
  EXPECT_THAT(read(log), ElementsAre("last words"));
}

TEST_F(log_file, is_read_again_when_it_was_truncated) {
  log_reader log{path_};
  append("T stdout F a long first line\n");
  read(log);
  std::filesystem::resize_file(path_, 0);
  append("T stdout F new\n");
  EXPECT_THAT(read(log), ElementsAre("new"));
}

TEST(last_lines, count_the_pieces_of_a_line_once) {
  const log_line full{"T", false, false, "x"};
  const log_line piece{"T", false, true, "p"};
  EXPECT_EQ(last_lines({full, piece, piece, full, full}, 2).size(), 4U);
  EXPECT_THAT(last_lines({full, full}, 0), IsEmpty());
  EXPECT_EQ(last_lines({full}, 9).size(), 1U);
  EXPECT_EQ(last_lines({full, piece}, 0).size(), 1U);
}

} // namespace
} // namespace floe
