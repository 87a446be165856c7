// Goal: what a restore into Podman made is taken back, no less and nothing else. Method: a script
// in place of Podman that notes what it is asked, and a tmpfs as what a volume mounts.
#include "io/podman/undo_podman_restore.hpp"
#include "io/posix/mount.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <unistd.h>

using namespace floe;
using namespace floe::test;

namespace {

class undoing_a_podman_restore : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0)
      GTEST_SKIP() << "only root mounts";
    answer("");
    std::filesystem::create_directories(directory);
    ASSERT_TRUE(mount_tmpfs(directory, "volume", "size=1m"));
    write_file(directory + "/deep/file", "ours");
    what.podman.path = scratch / "podman";
    what.volumes = {"data"};
    what.held = {{"data", directory, true}};
  }
  void TearDown() override { static_cast<void>(unmount_all(directory)); }

  /// \p users is what `podman ps` prints.
  void answer(const std::string& users) {
    write_file(scratch / "podman", "#!/bin/sh\necho \"$*\" >>" + scratch / "asked" +
                                       "\n[ \"$1\" != ps ] || printf '" + users + "'\n");
    std::filesystem::permissions(scratch / "podman", std::filesystem::perms::owner_all);
  }

  bool is_filled() const { return std::filesystem::exists(directory + "/deep/file"); }

  scratch_directory scratch;
  std::string directory = scratch / "mounted";
  unfinished_podman_restore what;
};

} // namespace

TEST_F(undoing_a_podman_restore, empties_what_it_filled_and_removes_the_volume) {
  ASSERT_TRUE(undo_podman_restore(unfinished_podman_restore_from_json(to_json(what))));
  EXPECT_FALSE(is_filled());
  EXPECT_EQ(read_file(scratch / "asked"), "ps --all --quiet --filter volume=data\n"
                                          "volume unmount -- data\n"
                                          "volume rm -- data\n");
}

TEST_F(undoing_a_podman_restore, removes_what_podman_made_then_and_nothing_older_or_younger) {
  write_file(scratch / "podman", "#!/bin/sh\n[ \"$2\" != inspect ] || case $4 in\n"
                                 "old) echo '[{\"CreatedAt\": \"2026-01-02T03:04:05.5Z\"}]' ;;\n"
                                 "new) echo '[{\"CreatedAt\": \"2026-01-02T03:04:05.7Z\"}]' ;;\n"
                                 "late) echo '[{\"CreatedAt\": \"2026-01-02T04:04:05.7Z\"}]' ;;\n"
                                 "*) echo 'Error: no such volume '$4 >&2; exit 125 ;; esac\n"
                                 "echo \"$*\" >>" +
                                     scratch / "asked\n");
  what.volumes.clear();
  what.held.clear();
  what.deferred = {"old", "new", "late", "never"};
  what.deferred_since = *parse_time("2026-01-02T03:04:05.6Z");
  ASSERT_TRUE(undo_podman_restore(unfinished_podman_restore_from_json(to_json(what))));
  EXPECT_EQ(read_file(scratch / "asked"), "volume inspect -- old\n"
                                          "volume inspect -- new\n"
                                          "volume rm -- new\n"
                                          "volume inspect -- late\n");
}

TEST_F(undoing_a_podman_restore, is_not_done_while_podman_cannot_tell_whether_there_is_a_volume) {
  write_file(scratch / "podman", "#!/bin/sh\n[ \"$2\" != inspect ] || "
                                 "{ echo 'Error: database is locked' >&2; exit 125; }\n");
  what.held.clear();
  what.deferred = {"data"};
  const auto undone = undo_podman_restore(what);
  ASSERT_FALSE(undone);
  EXPECT_EQ(undone.error().cause, "database is locked");
}

TEST_F(undoing_a_podman_restore, leaves_what_was_there_before) {
  what.held.front().was_empty = false;
  ASSERT_TRUE(undo_podman_restore(what));
  EXPECT_TRUE(is_filled());
}

TEST_F(undoing_a_podman_restore, leaves_what_another_container_has) {
  answer("4f0c\\n");
  ASSERT_TRUE(undo_podman_restore(what));
  EXPECT_TRUE(is_filled());
}

TEST_F(undoing_a_podman_restore, leaves_what_is_at_the_place_of_a_mount_that_is_gone) {
  ASSERT_TRUE(unmount_all(directory));
  write_file(directory + "/deep/file", "of somebody else");
  ASSERT_TRUE(undo_podman_restore(what));
  EXPECT_TRUE(is_filled());
}
