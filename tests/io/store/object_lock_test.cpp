// Goal: one object is worked on by one holder at a time. Method: locks in a scratch directory; a
// second acquisition stands for a second process, since a lock belongs to the open file.
#include "io/store/object_lock.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

using namespace floe;
using floe::test::scratch_directory;

TEST(object_lock, lets_one_in_and_refuses_the_next_with_the_holder_named) {
  const scratch_directory scratch;
  const auto first = object_lock::acquire(scratch.path(), "container", "abc");
  ASSERT_TRUE(first) << describe(first.error());
  const auto second = object_lock::acquire(scratch.path(), "container", "abc");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, error_code::container_busy);
  EXPECT_EQ(second.error().cause, "this floe is working on it");
}

TEST(object_lock, names_the_process_that_holds_it) {
  const scratch_directory scratch;
  const auto held = object_lock::acquire(scratch.path(), "volume", "data");
  ASSERT_TRUE(held);
  test::write_file(scratch / "locks/volume-data.lock", "123\n");
  EXPECT_EQ(object_lock::acquire(scratch.path(), "volume", "data").error().cause,
            "another floe (pid 123) is working on it");
}

TEST(object_lock, is_free_again_when_its_holder_is_gone) {
  const scratch_directory scratch;
  {
    const auto held = object_lock::acquire(scratch.path(), "image", "x");
    ASSERT_TRUE(held);
  }
  EXPECT_TRUE(object_lock::acquire(scratch.path(), "image", "x"));
}

TEST(object_lock, is_held_by_a_process_that_lives) {
  const scratch_directory scratch;
  EXPECT_FALSE(object_lock::is_held(scratch.path(), "container", "abc"));
  {
    const auto held = object_lock::acquire(scratch.path(), "container", "abc");
    EXPECT_TRUE(object_lock::is_held(scratch.path(), "container", "abc"));
    constexpr auto beyond_all_processes = "1073741824\n";
    test::write_file(scratch / "locks/container-abc.lock", beyond_all_processes);
    EXPECT_FALSE(object_lock::is_held(scratch.path(), "container", "abc"));
  }
  EXPECT_FALSE(object_lock::is_held(scratch.path(), "container", "abc"));
}

TEST(object_lock, tells_kinds_and_ids_apart) {
  const scratch_directory scratch;
  const auto held = object_lock::acquire(scratch.path(), "image", "x");
  EXPECT_TRUE(object_lock::acquire(scratch.path(), "volume", "x"));
  EXPECT_TRUE(object_lock::acquire(scratch.path(), "image", "y"));
}

TEST(object_lock, refuses_an_id_that_leads_elsewhere) {
  const scratch_directory scratch;
  EXPECT_EQ(object_lock::acquire(scratch.path(), "volume", "../x").error().code, error_code::usage);
}
