// Goal: whatever happens to a file between plan and reading, the bytes have the planned length, no
// other file's content gets in by a link, and the change is reported once. Method: plan a tree,
// change it, read.
#include "io/plan/rope_reader.hpp"
#include "tests/io/plan/plan_support.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace floe::plan_test {
namespace {

namespace fs = std::filesystem;

class reading_a_rope : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(root_ / "d");
    write_file(root_ / "d/file", "0123456789");
    auto planned = plan_tree(open_tree(root_.path()).value());
    ASSERT_TRUE(planned);
    content_ = std::move(planned->content);
    ASSERT_EQ(content_.files().size(), 1u);
  }

  /// The file's planned bytes as they are read now.
  std::string read() {
    std::string bytes(10, '?');
    for (const auto& part : content_.segments())
      if (part.kind == segment_kind::file) {
        const auto done = reader_.read(part.offset, std::as_writable_bytes(std::span{bytes}));
        EXPECT_TRUE(done) << describe(done.error());
      }
    return bytes;
  }

  /// The one change there should be.
  file_change change() {
    const auto& all = reader_.changes();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? file_change{} : all[0];
  }

  scratch_directory root_;
  rope content_;
  rope_reader reader_{content_};
};

TEST_F(reading_a_rope, of_an_unchanged_tree_reports_nothing) {
  EXPECT_EQ(read(), "0123456789");
  EXPECT_TRUE(reader_.changes().empty());
}

TEST_F(reading_a_rope, cuts_a_file_that_grew) {
  write_file(root_ / "d/file", "0123456789more");
  EXPECT_EQ(read(), "0123456789");
  EXPECT_EQ(change(), (file_change{root_ / "d/file", 10, 14}));
}

TEST_F(reading_a_rope, fills_a_file_that_shrank_with_zeros) {
  write_file(root_ / "d/file", "0123");
  EXPECT_EQ(read(), std::string("0123\0\0\0\0\0\0", 10));
  EXPECT_EQ(read(), std::string("0123\0\0\0\0\0\0", 10));
  EXPECT_EQ(change(), (file_change{root_ / "d/file", 10, 4}));
}

TEST_F(reading_a_rope, notices_a_file_that_shrinks_while_it_is_open) {
  EXPECT_EQ(read(), "0123456789");
  write_file(root_ / "d/file", "01");
  EXPECT_EQ(read(), std::string("01\0\0\0\0\0\0\0\0", 10));
  EXPECT_EQ(change(), (file_change{root_ / "d/file", 10, 2}));
}

TEST_F(reading_a_rope, notices_other_content_of_the_same_size) {
  EXPECT_EQ(read(), "0123456789");
  write_file(root_ / "d/file", "abcdefghij");
  EXPECT_EQ(change(), (file_change{root_ / "d/file", 10, 10}));
}

TEST_F(reading_a_rope, gives_zeros_for_a_file_that_vanished) {
  fs::remove(root_ / "d/file");
  EXPECT_EQ(read(), std::string(10, '\0'));
  EXPECT_EQ(change(), (file_change{root_ / "d/file", 10, std::nullopt}));
  EXPECT_NE(describe(change()).find("vanished"), std::string::npos);
}

TEST_F(reading_a_rope, never_follows_a_link) {
  scratch_directory outside;
  write_file(outside / "file", "secretsecret");
  fs::remove(root_ / "d/file");
  fs::create_symlink(outside / "file", root_ / "d/file");
  EXPECT_EQ(read(), std::string(10, '\0'));
  fs::remove_all(root_ / "d");
  fs::create_directory_symlink(outside.path(), root_ / "d");
  rope_reader again{content_};
  std::string bytes(content_.size(), '?');
  ASSERT_TRUE(again.read(0, std::as_writable_bytes(std::span{bytes})));
  EXPECT_EQ(bytes.find("secret"), std::string::npos);
  EXPECT_EQ(again.changes().size(), 1u);
}

TEST_F(reading_a_rope, does_not_wait_for_a_pipe) {
  fs::remove(root_ / "d/file");
  ASSERT_EQ(::mkfifo((root_ / "d/file").c_str(), 0600), 0);
  EXPECT_EQ(read(), std::string(10, '\0'));
  EXPECT_EQ(change().size, std::nullopt);
}

TEST_F(reading_a_rope, fails_for_what_is_neither_gone_nor_readable) {
  if (::geteuid() == 0)
    GTEST_SKIP() << "root reads everything";
  ::chmod((root_ / "d/file").c_str(), 0);
  EXPECT_FALSE(open_planned_file(content_, 0));
}

} // namespace
} // namespace floe::plan_test
