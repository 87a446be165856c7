// Goal: the freezer of a process is found on every layout of cgroups, and freezing is always undone
// unless somebody wants it to stay. Method: texts of /proc for the search, a real cgroup with a
// busy process for the rest (as root).
#include "io/container/cgroup_freezer.hpp"
#include "io/posix/process.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/stat.h>

using namespace floe;

namespace {

constexpr auto v1_mounts =
    "30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "31 25 0:27 / /sys/fs/cgroup/freezer rw shared:9 - cgroup cgroup rw,freezer\n"
    "32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
constexpr auto v2_mounts =
    "30 25 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

/// A cgroup of our own that can be frozen, with one busy process in it.
class busy_cgroup {
 public:
  static std::optional<busy_cgroup> make() {
    auto name = "/floe-test-" + std::to_string(::getpid());
    for (const std::string root : {"/sys/fs/cgroup/freezer", "/sys/fs/cgroup"})
      if (std::filesystem::exists(root + "/cgroup.procs") &&
          ::mkdir((root + name).c_str(), 0755) == 0)
        if (auto made = start(root + name))
          return made;
    return std::nullopt;
  }
  busy_cgroup(busy_cgroup&& other) noexcept
      : directory{std::exchange(other.directory, {})}, child{std::move(other.child)} {}
  ~busy_cgroup() {
    if (directory.empty())
      return;
    ::kill(child->pid(), SIGKILL);
    [[maybe_unused]] auto ended = child->wait();
    ::rmdir(directory.c_str());
  }

  std::string directory;
  std::optional<child_process> child;

 private:
  busy_cgroup(std::string path, child_process started)
      : directory{std::move(path)}, child{std::move(started)} {}

  static std::optional<busy_cgroup> start(const std::string& path) {
    process_request request;
    request.arguments = {"/bin/sh", "-c", "while :; do :; done"};
    auto child = child_process::start(request);
    if (!child)
      return std::nullopt;
    std::ofstream{path + "/cgroup.procs"} << child->pid();
    return busy_cgroup{path, std::move(*child)};
  }
};

} // namespace

TEST(cgroup_freezer, finds_the_v1_freezer_where_both_versions_are_mounted) {
  auto found = find_freezer("6:freezer:/a/b\n1:cpu,cpuacct:/x\n0::/u\n", v1_mounts);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->directory(), "/sys/fs/cgroup/freezer/a/b");
}

TEST(cgroup_freezer, finds_the_v2_cgroup_otherwise) {
  auto found = find_freezer("0::/a/b\n", v2_mounts);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->directory(), "/sys/fs/cgroup/a/b");
}

TEST(cgroup_freezer, takes_the_root_of_a_mount_off_the_path) {
  auto found = find_freezer("0::/docker/x/a\n",
                            "30 25 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->directory(), "/sys/fs/cgroup/a");
}

TEST(cgroup_freezer, never_takes_a_root_or_what_lies_outside_of_its_mount) {
  EXPECT_FALSE(find_freezer("6:freezer:/\n0::/\n", v1_mounts));
  EXPECT_FALSE(find_freezer("0::/../a\n", v2_mounts));
  EXPECT_FALSE(find_freezer("0::/a\n", "garbage\n\n - cgroup2\n"));
  EXPECT_FALSE(find_freezer("", ""));
}

TEST(cgroup_freezer, refuses_to_freeze_floe_itself) {
  auto found = cgroup_freezer::of_process(::getpid());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, error_code::freeze_failed);
}

TEST(cgroup_freezer, a_process_that_has_ended_is_no_crash) {
  auto found = cgroup_freezer::of_process(0x7ffffff0);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, error_code::freeze_failed);
}

TEST(cgroup_freezer, one_that_is_gone_needs_no_thaw) {
  const auto gone = find_freezer("6:freezer:/floe-no-such-cgroup\n", v1_mounts);
  ASSERT_TRUE(gone);
  EXPECT_FALSE(gone->is_frozen());
  EXPECT_TRUE(gone->thaw());
}

TEST(cgroup_freezer, freezes_and_thaws_a_busy_process) {
  auto cgroup = busy_cgroup::make();
  if (!cgroup)
    GTEST_SKIP() << "no cgroup can be made here";
  auto freezer = cgroup_freezer::of_process(cgroup->child->pid());
  ASSERT_TRUE(freezer) << describe(freezer.error());
  EXPECT_EQ(freezer->directory(), cgroup->directory);
  EXPECT_FALSE(freezer->is_frozen());
  {
    auto frozen = frozen_cgroup::freeze(*freezer);
    ASSERT_TRUE(frozen) << describe(frozen.error());
    EXPECT_TRUE(freezer->is_frozen());
    auto moved = std::move(*frozen);
    EXPECT_TRUE(freezer->is_frozen());
    EXPECT_GT(moved.frozen_time().count(), 0);
  }
  EXPECT_FALSE(freezer->is_frozen());
  {
    auto frozen = frozen_cgroup::freeze(*freezer);
    ASSERT_TRUE(frozen);
    frozen->release();
  }
  EXPECT_TRUE(freezer->is_frozen());
  EXPECT_TRUE(freezer->thaw());
  EXPECT_FALSE(freezer->is_frozen());
}

TEST(cgroup_freezer, a_cancelled_freeze_leaves_nothing_frozen) {
  auto cgroup = busy_cgroup::make();
  if (!cgroup)
    GTEST_SKIP() << "no cgroup can be made here";
  auto freezer = cgroup_freezer::of_process(cgroup->child->pid());
  ASSERT_TRUE(freezer);
  std::stop_source stop;
  stop.request_stop();
  auto frozen = frozen_cgroup::freeze(*freezer, std::chrono::seconds{10}, stop.get_token());
  // It may have stood still at once, then it is frozen by right.
  if (!frozen) {
    EXPECT_EQ(frozen.error().code, error_code::cancelled);
    EXPECT_FALSE(freezer->is_frozen());
  }
}
