// Goal: attributes are read whole and in order, from every kind of descriptor. Method: set them on
// scratch files; file systems without attributes skip.
#include "io/posix/unique_fd.hpp"
#include "io/posix/xattr.hpp"
#include "tests/io/plan/plan_support.hpp"

#include <fcntl.h>

namespace floe::plan_test {
namespace {

class xattr : public testing::Test {
 protected:
  void SetUp() override {
    write_file(scratch_ / "file", "x");
    file_ = unique_fd{::open((scratch_ / "file").c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    if (!write_xattr(file_.get(), {"user.first", "1"}, "file"))
      GTEST_SKIP() << "the file system of the scratch directory has no attributes";
  }

  scratch_directory scratch_;
  unique_fd file_;
};

TEST_F(xattr, lists_all_by_name) {
  const extended_attribute large{"user.large", std::string(3000, 'l')};
  const extended_attribute empty{"user.empty", ""};
  const extended_attribute binary{"user.binary", std::string{"\0\xff\n", 3}};
  for (const auto& each : {large, empty, binary})
    ASSERT_TRUE(write_xattr(file_.get(), each, "file"));
  auto found = read_xattrs(file_.get(), "file");
  ASSERT_TRUE(found);
  // A security module adds its own.
  std::erase_if(*found, [](const auto& each) { return !each.name.starts_with("user."); });
  EXPECT_EQ(*found, (std::vector<extended_attribute>{binary, empty, {"user.first", "1"}, large}));
}

TEST_F(xattr, finds_more_names_than_expected) {
  for (int i = 0; i < 60; ++i)
    ASSERT_TRUE(write_xattr(file_.get(), {"user.number-" + std::to_string(i), "v"}, "file"));
  const auto found = read_xattrs(file_.get(), "file");
  ASSERT_TRUE(found);
  EXPECT_GE(found->size(), 61u);
}

TEST_F(xattr, tells_a_missing_one_from_an_empty_one) {
  ASSERT_TRUE(write_xattr(file_.get(), {"user.empty", ""}, "file"));
  EXPECT_EQ(read_xattr(file_.get(), "user.empty", "file").value(), "");
  EXPECT_EQ(read_xattr(file_.get(), "user.missing", "file").value(), std::nullopt);
}

TEST_F(xattr, reads_those_of_a_link_not_of_its_target) {
  std::filesystem::create_symlink("file", scratch_ / "link");
  const unique_fd link{::open((scratch_ / "link").c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  const auto found = read_xattrs(link.get(), "link");
  ASSERT_TRUE(found);
  for (const auto& each : *found)
    EXPECT_FALSE(each.name.starts_with("user.")) << each.name;
}

TEST_F(xattr, names_file_and_attribute_when_it_fails) {
  const auto done = write_xattr(file_.get(), {"nonsense", "x"}, "/some/file");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().subject, "/some/file");
  EXPECT_NE(done.error().cause.find("nonsense"), std::string::npos);
}

} // namespace
} // namespace floe::plan_test
