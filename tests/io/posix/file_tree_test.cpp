// Goal: whole trees are made and removed as promised, whatever a stranger put into them. Method:
// trees in scratch directories; the test with a mount needs root.
#include "io/posix/file_tree.hpp"
#include "io/posix/mount.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

using namespace floe;
using floe::test::scratch_directory;

TEST(file_tree, makes_missing_parents_with_the_mode_given) {
  const scratch_directory scratch;
  ASSERT_TRUE(make_directories(scratch / "a/b/c"));
  struct stat status {};
  ASSERT_EQ(::stat((scratch / "a/b").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  EXPECT_TRUE(make_directories(scratch / "a/b/c"));
  test::write_file(scratch / "file", "");
  EXPECT_FALSE(make_directories(scratch / "file"));
}

TEST(file_tree, removes_a_tree_but_not_what_its_links_lead_to) {
  const scratch_directory scratch;
  test::write_file(scratch / "outside/kept", "x");
  test::write_file(scratch / "tree/a/b", "x");
  std::filesystem::create_directory_symlink(scratch / "outside", scratch / "tree/link");
  std::filesystem::create_symlink(scratch / "outside/kept", scratch / "tree/a/link");
  const auto removed = remove_tree(scratch / "tree");
  ASSERT_TRUE(removed) << describe(removed.error());
  EXPECT_FALSE(std::filesystem::exists(scratch / "tree"));
  EXPECT_TRUE(std::filesystem::exists(scratch / "outside/kept"));
  EXPECT_TRUE(remove_tree(scratch / "tree"));
}

TEST(file_tree, removes_a_tree_deeper_than_descriptors_and_paths_allow) {
  const scratch_directory scratch;
  ASSERT_TRUE(make_directories(scratch / "tree/.raised-0/x"));
  auto here = open_directory(scratch / "tree");
  const std::string name(20, 'd');
  for (int depth = 0; depth < 3000; ++depth) {
    ASSERT_EQ(::mkdirat(here->get(), name.c_str(), 0700), 0);
    here = unique_fd{::openat(here->get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    ASSERT_TRUE(*here);
  }
  const auto removed = remove_tree(scratch / "tree");
  ASSERT_TRUE(removed) << describe(removed.error());
  EXPECT_FALSE(std::filesystem::exists(scratch / "tree"));
}

TEST(file_tree, does_not_enter_a_mount_when_removing) {
  const scratch_directory scratch;
  ASSERT_TRUE(make_directories(scratch / "tree/mounted"));
  if (!mount_tmpfs(scratch / "tree/mounted", "test", "size=65536"))
    GTEST_SKIP() << "cannot mount here";
  test::write_file(scratch / "tree/mounted/kept", "x");
  EXPECT_FALSE(remove_tree(scratch / "tree"));
  EXPECT_TRUE(std::filesystem::exists(scratch / "tree/mounted/kept"));
  EXPECT_EQ(is_mount_point(scratch / "tree/mounted").value(), true);
  EXPECT_EQ(is_mount_point(scratch / "tree").value(), false);
  ASSERT_TRUE(unmount_all(scratch / "tree/mounted"));
  EXPECT_TRUE(remove_tree(scratch / "tree"));
}

TEST(file_tree, renames_without_replacing) {
  const scratch_directory scratch;
  test::write_file(scratch / "a", "a");
  test::write_file(scratch / "b", "b");
  EXPECT_EQ(rename_new(scratch / "a", scratch / "b").error().code, error_code::target_exists);
  ASSERT_TRUE(rename_new(scratch / "a", scratch / "c"));
  EXPECT_EQ(test::read_file(scratch / "c"), "a");
}

TEST(file_tree, reads_small_files_only) {
  const scratch_directory scratch;
  test::write_file(scratch / "file", std::string(1000, 'x'));
  EXPECT_EQ(read_small_file(scratch / "file", 1000)->size(), 1000U);
  EXPECT_EQ(read_small_file(scratch / "file", 999).error().code, error_code::archive_refused);
  EXPECT_EQ(read_small_file(scratch / "none", 10).error().code, error_code::no_such_file);
}

TEST(file_tree, counts_a_hard_link_once) {
  const scratch_directory scratch;
  test::write_file(scratch / "tree/a/file", std::string(1 << 20, 'x'));
  std::filesystem::create_hard_link(scratch / "tree/a/file", scratch / "tree/link");
  const auto bytes = disk_usage(scratch / "tree");
  ASSERT_TRUE(bytes);
  EXPECT_GE(*bytes, uint64_t{1} << 20);
  EXPECT_LT(*bytes, uint64_t{2} << 20);
}
