// Goal: unfinished directories vanish with their owner, or with the next sweep, and never under a
// living one. Method: scratch roots; an abandoned directory is made by hand.
#include "io/posix/file_tree.hpp"
#include "io/store/staging_directory.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

using namespace floe;
using floe::test::scratch_directory;

namespace {

host_settings settings_in(const scratch_directory& scratch) {
  host_settings settings;
  settings.root = scratch / "root";
  settings.run_root = scratch / "run";
  return settings;
}

} // namespace

TEST(staging_directory, vanishes_with_its_content_unless_it_is_published) {
  const scratch_directory scratch;
  {
    const auto staging = staging_directory::create(scratch / "parent");
    ASSERT_TRUE(staging) << describe(staging.error());
    test::write_file(staging->path() + "/a/b", "x");
  }
  EXPECT_TRUE(list_directory(scratch / "parent")->empty());
}

TEST(staging_directory, keeps_its_content_under_the_final_name) {
  const scratch_directory scratch;
  {
    auto staging = staging_directory::create(scratch / "parent");
    test::write_file(staging->path() + "/a", "x");
    ASSERT_TRUE(staging->publish(scratch / "parent/final"));
  }
  EXPECT_EQ(test::read_file(scratch / "parent/final/a"), "x");
}

TEST(staging_directory, does_not_replace_what_has_the_final_name) {
  const scratch_directory scratch;
  test::write_file(scratch / "parent/final/a", "old");
  auto staging = staging_directory::create(scratch / "parent");
  EXPECT_EQ(staging->publish(scratch / "parent/final").error().code, error_code::target_exists);
  EXPECT_EQ(test::read_file(scratch / "parent/final/a"), "old");
}

TEST(staging_directory, takes_a_directory_away_at_once) {
  const scratch_directory scratch;
  test::write_file(scratch / "parent/old/a", "x");
  {
    const auto taken = staging_directory::take_away(scratch / "parent/old");
    ASSERT_TRUE(taken) << describe(taken.error());
    EXPECT_FALSE(std::filesystem::exists(scratch / "parent/old"));
  }
  EXPECT_TRUE(list_directory(scratch / "parent")->empty());
}

TEST(sweep_leftovers, removes_what_a_dead_owner_left_and_nothing_else) {
  const scratch_directory scratch;
  const auto settings = settings_in(scratch);
  const auto volumes = settings.root + "/volumes";
  test::write_file(volumes + "/.staging-abandoned/_data/x", "x");
  test::write_file(volumes + "/kept/_data/x", "x");
  const auto living = staging_directory::create(volumes);
  ASSERT_TRUE(living);
  const auto swept = sweep_leftovers(settings);
  ASSERT_TRUE(swept) << describe(swept.error());
  EXPECT_FALSE(std::filesystem::exists(volumes + "/.staging-abandoned"));
  EXPECT_TRUE(std::filesystem::exists(volumes + "/kept/_data/x"));
  EXPECT_TRUE(std::filesystem::exists(living->path()));
}

TEST(sweep_leftovers, is_content_with_a_root_that_is_not_there_yet) {
  const scratch_directory scratch;
  EXPECT_TRUE(sweep_leftovers(settings_in(scratch)));
}
