// Goal: windows cover the rope without gap or overlap and end where FORMAT.md section 2 says.
// Method: ropes of zeros with members at chosen places; the windows compared as a list.
#include "io/pour/window.hpp"

#include <gtest/gtest.h>

namespace floe {

namespace {

rope zeros(uint64_t size) {
  rope out;
  out.append_zeros(size);
  return out;
}

} // namespace

TEST(cut_windows, gives_none_for_nothing) {
  EXPECT_TRUE(cut_windows(rope{}).empty());
}

TEST(cut_windows, keeps_a_tar_without_members_in_one) {
  EXPECT_EQ(cut_windows(zeros(1024), 4096), (std::vector<window>{{0, 1024}}));
}

TEST(cut_windows, leaves_the_end_of_archive_blocks_alone) {
  EXPECT_EQ(cut_windows(zeros(4096 + 1024), 8192), (std::vector<window>{{0, 4096}, {4096, 1024}}));
  EXPECT_EQ(cut_windows(zeros(1536), 8192), (std::vector<window>{{0, 512}, {512, 1024}}));
}

TEST(cut_windows, cuts_a_front_to_its_end_and_goes_on_there) {
  EXPECT_EQ(cut_windows(zeros(5120), 4096, false), (std::vector<window>{{0, 4096}, {4096, 1024}}));
  rope rest{5120};
  rest.append_zeros(5000 + 1024);
  EXPECT_EQ(cut_windows(rest, 4096),
            (std::vector<window>{{5120, 4096}, {9216, 904}, {10'120, 1024}}));
}

TEST(cut_windows, cuts_where_a_window_is_full) {
  EXPECT_EQ(cut_windows(zeros(10'000 + 1024), 4096),
            (std::vector<window>{{0, 4096}, {4096, 4096}, {8192, 1808}, {10'000, 1024}}));
}

TEST(cut_windows, begins_one_with_each_member_that_fills_a_window) {
  auto content = zeros(20'480 + 1024);
  content.add_member({"config.dump", 0, 512, 512, '0'});
  content.add_member({"large", 1024, 1536, 8192, '0'});
  content.add_member({"just-too-small", 9728, 10'240, 3583, '0'});
  content.add_member({"just-large-enough", 14'336, 14'848, 3584, '0'});
  EXPECT_EQ(cut_windows(content, 4096), (std::vector<window>{{0, 1024},
                                                             {1024, 4096},
                                                             {5120, 4096},
                                                             {9216, 4096},
                                                             {13'312, 1024},
                                                             {14'336, 4096},
                                                             {18'432, 2048},
                                                             {20'480, 1024}}));
}

} // namespace floe
