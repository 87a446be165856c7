// Goal: a window's bytes are the plan's, whatever happens to the files meanwhile; changes are
// reported, never silent. Method: a sample archive cut at many sizes, and files shortened, removed,
// replaced between plan and pour.
#include "io/pour/window_fill.hpp"
#include "tests/support/sample_rope.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace floe {

class window_fill_test : public ::testing::Test {
 protected:
  /// The whole rope through windows of one size; changes are collected.
  std::string pour(uint32_t window_bytes) {
    changes.clear();
    std::string out(sample.content.size(), '?');
    for (const auto& each : cut_windows(sample.content, window_bytes)) {
      auto space = std::as_writable_bytes(std::span{out}).subspan(each.offset, each.length);
      auto filled = fill_window(sample.content, each, space);
      EXPECT_TRUE(filled) << describe(filled.error());
      if (filled)
        changes.insert(changes.end(), filled->begin(), filled->end());
    }
    return out;
  }

  test::scratch_directory place;
  test::sample_rope sample{place};
  std::vector<file_change> changes;
};

TEST_F(window_fill_test, gives_the_planned_bytes_at_every_window_size) {
  sample.fill_up();
  for (uint32_t window_bytes : {511u, 4096u, 100'000u, 300'001u, 4u << 20, 16u << 20}) {
    EXPECT_TRUE(pour(window_bytes) == sample.bytes) << window_bytes;
    EXPECT_TRUE(changes.empty());
  }
}

TEST_F(window_fill_test, fills_up_a_file_that_became_shorter) {
  sample.file_member("large", std::string(1'000'000, 'a'));
  sample.file_member("small", std::string(1000, 'b'));
  sample.finish();
  std::filesystem::resize_file(place / "large", 600'000);
  std::filesystem::resize_file(place / "small", 10);
  auto expected_bytes = sample.bytes;
  std::fill_n(expected_bytes.begin() + 512 + 600'000, 400'000, '\0');
  const auto small = static_cast<long>(sample.content.members()[1].data_offset);
  std::fill_n(expected_bytes.begin() + small + 10, 990, '\0');
  EXPECT_TRUE(pour(4u << 20) == expected_bytes);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].path, place / "large");
  EXPECT_EQ(changes[1].size, 10u);
}

TEST_F(window_fill_test, cuts_a_file_that_grew) {
  sample.file_member("log", "first line\n");
  sample.finish();
  test::write_file(place / "log", "first line\nsecond line\n");
  EXPECT_EQ(pour(4096), sample.bytes);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].size, 23u);
}

TEST_F(window_fill_test, fills_up_a_file_that_vanished_or_became_something_else) {
  for (const auto* name : {"gone", "link", "pipe", "directory"})
    sample.file_member(name, "content");
  sample.finish();
  for (const auto* name : {"gone", "link", "pipe", "directory"})
    std::filesystem::remove(place / name);
  std::filesystem::create_symlink("/etc/passwd", place / "link");
  ASSERT_EQ(::mkfifo((place / "pipe").c_str(), 0600), 0);
  std::filesystem::create_directory(place / "directory");
  const auto out = pour(1u << 20);
  for (const auto& member : sample.content.members())
    EXPECT_EQ(out.substr(member.data_offset, 7), std::string(7, '\0')) << member.name;
  EXPECT_EQ(changes.size(), 4u);
}

TEST_F(window_fill_test, leaves_only_large_reads_to_the_engine) {
  sample.file_member("small", std::string(1000, 'b'));
  sample.file_member("large", std::string(1'000'000, 'a'), 1000);
  sample.finish();
  std::string out(sample.content.size(), '?');
  window_fill fill{sample.content,
                   {0, static_cast<uint32_t>(out.size())},
                   std::as_writable_bytes(std::span{out})};
  ASSERT_TRUE(fill.begin());
  ASSERT_EQ(fill.reads().size(), 2u); // the two halves of the large file
  EXPECT_EQ(fill.reads()[1].offset, 500'000u);
}

TEST_F(window_fill_test, names_the_file_that_cannot_be_read) {
  sample.file_member("pages-1.img", std::string(1'000'000, 'a'), 1000);
  sample.finish();
  std::string out(sample.content.size(), '?');
  window_fill fill{sample.content,
                   {0, static_cast<uint32_t>(out.size())},
                   std::as_writable_bytes(std::span{out})};
  ASSERT_TRUE(fill.begin());
  for (auto& read : fill.reads())
    read.result = static_cast<int64_t>(read.out.size());
  fill.reads()[1].result = -EIO;
  auto changes = fill.finish();
  ASSERT_FALSE(changes);
  EXPECT_EQ(changes.error().code, error_code::io_failed);
  EXPECT_EQ(changes.error().subject, place / "pages-1.img");
}

} // namespace floe
