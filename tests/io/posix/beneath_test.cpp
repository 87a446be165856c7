// Goal: what lies below a directory is reachable, and nothing outside is. Method: a scratch
// directory with links that lead outside.
#include "io/posix/beneath.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

namespace {

using namespace floe;
namespace fs = std::filesystem;

class beneath : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "floe-beneath-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    scratch_ = name;
    fs::create_directories(scratch_ / "root/inner");
    std::ofstream{scratch_ / "outside"} << "secret";
    std::ofstream{scratch_ / "root/inner/file"} << "ours";
    root_ = unique_fd{::open((scratch_ / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  }
  void TearDown() override { fs::remove_all(scratch_); }

  fs::path scratch_;
  unique_fd root_;
};

TEST_F(beneath, opens_files_and_the_directory_itself) {
  EXPECT_TRUE(open_beneath(root_.get(), "inner/file", O_RDONLY));
  EXPECT_TRUE(open_beneath(root_.get(), "", O_RDONLY | O_DIRECTORY));
  EXPECT_TRUE(open_beneath(root_.get(), ".", O_RDONLY | O_DIRECTORY));
}

TEST_F(beneath, refuses_what_leads_outside) {
  EXPECT_EQ(open_beneath(root_.get(), "../outside", O_RDONLY).error(), EXDEV);
  EXPECT_EQ(open_beneath(root_.get(), (scratch_ / "outside").string(), O_RDONLY).error(), EXDEV);
  fs::create_symlink("../outside", scratch_ / "root/link");
  EXPECT_EQ(open_beneath(root_.get(), "link", O_RDONLY).error(), ELOOP);
  fs::create_directory_symlink(scratch_, scratch_ / "root/away");
  EXPECT_EQ(open_beneath(root_.get(), "away/outside", O_RDONLY).error(), ELOOP);
}

TEST_F(beneath, walks_paths_longer_than_the_kernel_takes) {
  std::string path;
  const std::string component(200, 'd');
  unique_fd at{::open((scratch_ / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  for (int depth = 0; depth < 40; ++depth) {
    ASSERT_EQ(::mkdirat(at.get(), component.c_str(), 0700), 0);
    at = unique_fd{::openat(at.get(), component.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    path += (path.empty() ? "" : "/") + component;
  }
  EXPECT_TRUE(open_beneath(root_.get(), path, O_RDONLY | O_DIRECTORY));
  EXPECT_EQ(open_beneath(root_.get(), path + "/none", O_RDONLY).error(), ENOENT);
}

TEST(split_last, cuts_behind_the_last_slash) {
  EXPECT_EQ(split_last("a/b/c").parent, "a/b");
  EXPECT_EQ(split_last("a/b/c").name, "c");
  EXPECT_EQ(split_last("c").parent, "");
  EXPECT_EQ(split_last("c").name, "c");
}

} // namespace
