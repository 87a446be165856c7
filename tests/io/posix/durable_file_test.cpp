// Goal: a durable file is complete and at its name, or there is no trace of it.
// Method: the directory's entries are listed after success, failure and abandonment.
#include "io/posix/durable_file.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace floe {

class durable_file_test : public ::testing::Test {
 protected:
  std::vector<std::string> entries() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator{place.path()})
      out.push_back(entry.path().filename().string());
    std::ranges::sort(out);
    return out;
  }

  static void put(const durable_file& file, std::string_view text) {
    ASSERT_EQ(::write(file.fd(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  test::scratch_directory place;
  const std::string target = place / "a.tar.zst";
};

TEST_F(durable_file_test, has_its_name_only_after_the_commit) {
  auto file = durable_file::create(target);
  ASSERT_TRUE(file) << describe(file.error());
  put(**file, "content");
  EXPECT_FALSE(std::filesystem::exists(target));
  ASSERT_TRUE((*file)->commit());
  file->reset();
  EXPECT_EQ(entries(), std::vector<std::string>{"a.tar.zst"});
  EXPECT_EQ(test::read_file(target), "content");
  struct stat found {};
  ASSERT_EQ(::stat(target.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600u);
}

TEST_F(durable_file_test, leaves_nothing_when_it_is_abandoned) {
  {
    auto file = durable_file::create(target, {.overwrite = true});
    ASSERT_TRUE(file);
    put(**file, "half");
  }
  EXPECT_TRUE(entries().empty());
}

TEST_F(durable_file_test, refuses_a_name_that_is_taken) {
  test::write_file(target, "old");
  auto file = durable_file::create(target);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, error_code::target_exists);
  EXPECT_EQ(file.error().subject, target);
  EXPECT_EQ(test::read_file(target), "old");
}

TEST_F(durable_file_test, refuses_a_name_that_was_taken_meanwhile) {
  {
    auto file = durable_file::create(target);
    ASSERT_TRUE(file);
    test::write_file(target, "the other's");
    auto committed = (*file)->commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, error_code::target_exists);
  }
  EXPECT_EQ(entries(), std::vector<std::string>{"a.tar.zst"});
  EXPECT_EQ(test::read_file(target), "the other's");
}

TEST_F(durable_file_test, replaces_a_file_when_asked_to) {
  test::write_file(target, "old");
  auto file = durable_file::create(target, {.overwrite = true});
  ASSERT_TRUE(file);
  put(**file, "new");
  EXPECT_EQ(test::read_file(target), "old");
  ASSERT_TRUE((*file)->commit());
  file->reset();
  EXPECT_EQ(test::read_file(target), "new");
  EXPECT_EQ(entries(), std::vector<std::string>{"a.tar.zst"});
}

TEST_F(durable_file_test, replaces_a_symlink_and_not_what_it_points_to) {
  test::write_file(place / "victim", "safe");
  std::filesystem::create_symlink("victim", target);
  auto file = durable_file::create(target, {.overwrite = true, .sync = false});
  ASSERT_TRUE(file);
  put(**file, "new");
  ASSERT_TRUE((*file)->commit());
  EXPECT_EQ(test::read_file(place / "victim"), "safe");
  EXPECT_FALSE(std::filesystem::is_symlink(target));
}

TEST_F(durable_file_test, names_the_directory_that_is_missing) {
  auto file = durable_file::create(place / "missing/a.tar");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, error_code::target_unwritable);
  EXPECT_NE(file.error().cause.find("missing"), std::string::npos);
  EXPECT_FALSE(file.error().advice.empty());
}

TEST_F(durable_file_test, refuses_directories_and_paths_without_a_name) {
  std::filesystem::create_directory(target);
  for (const auto& path : {target, place / "", place / ".."}) {
    auto file = durable_file::create(path, {.overwrite = true});
    ASSERT_FALSE(file) << path;
    EXPECT_EQ(file.error().code, error_code::target_unwritable);
  }
}

TEST_F(durable_file_test, refuses_early_what_cannot_fit) {
  auto file = durable_file::create(target);
  ASSERT_TRUE(file);
  auto reserved = (*file)->reserve(uint64_t{1} << 60, true);
  ASSERT_FALSE(reserved);
  EXPECT_EQ(reserved.error().code, error_code::no_space);
  EXPECT_TRUE((*file)->reserve(4096, true));
}

TEST_F(durable_file_test, manages_names_of_the_greatest_length) {
  const auto longest = place / std::string(255, 'n');
  auto file = durable_file::create(longest, {.overwrite = true});
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->commit());
  EXPECT_EQ(entries(), std::vector<std::string>{std::string(255, 'n')});
}

} // namespace floe
