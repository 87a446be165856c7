// Goal: whatever a container did to its root file system, applying the planned tar to the image and
// then removing the deleted paths, in this order, as Podman does it, gives the container's view
// again. Method: mount a real overlay of two layers, change it through the mount, plan from the
// upper directory, restore into a copy of the image, and compare the copy with what the mount
// shows.
#include "io/plan/rootfs_change.hpp"
#include "tests/io/plan/plan_support.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <functional>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

namespace floe::plan_test {
namespace {

namespace fs = std::filesystem;

class rootfs_change_of : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (::geteuid() != 0)
      GTEST_SKIP() << "only root mounts an overlay";
    for (const auto* directory : {"bottom", "top", "upper", "work", "merged", "copy"})
      fs::create_directory(scratch_ / directory);
  }
  void TearDown() override { ::umount2((scratch_ / "merged").c_str(), MNT_DETACH); }

  /// Mounts lower:upper on merged with the options under test. False if this kernel or file system
  /// cannot.
  bool mount_overlay(const std::string& lowers, const std::string& upper) {
    const auto options = "lowerdir=" + lowers + ",upperdir=" + scratch_ / upper +
                         ",workdir=" + scratch_ / "work" + "," + GetParam();
    return ::mount("overlay", merged().c_str(), "overlay", 0, options.c_str()) == 0;
  }

  /// Fills the image's two layers through mounts, so that the upper one has whiteouts of its own.
  bool make_image(const std::function<void()>& fill_bottom, const std::function<void()>& fill_top) {
    fs::create_directory(scratch_ / "nothing");
    for (const auto& [lowers, layer, fill] :
         {std::tuple{"nothing", "bottom", &fill_bottom}, std::tuple{"bottom", "top", &fill_top}}) {
      if (!mount_overlay(scratch_ / lowers, layer))
        return false;
      (*fill)();
      ::umount(merged().c_str());
      fs::remove_all(scratch_ / "work");
      fs::create_directory(scratch_ / "work");
    }
    return true;
  }

  bool start_container() {
    return mount_overlay(scratch_ / "top" + ":" + scratch_ / "bottom", "upper");
  }

  /// Plans what the container changed.
  rootfs_change plan() {
    ::sync();
    auto change = plan_rootfs_change(open_tree(scratch_ / "upper").value(),
                                     {scratch_ / "top", scratch_ / "bottom"});
    EXPECT_TRUE(change) << describe(change.error());
    return change ? std::move(*change) : rootfs_change{};
  }

  /// Copies what the image alone shows, then applies a change to it as Podman does.
  void restore(const rootfs_change& change) {
    const auto options = "lowerdir=" + scratch_ / "top" + ":" + scratch_ / "bottom";
    fs::create_directory(scratch_ / "image");
    ASSERT_EQ(::mount("overlay", (scratch_ / "image").c_str(), "overlay", 0,
                      (options + "," + GetParam()).c_str()),
              0);
    EXPECT_EQ(run({"cp", "-a", scratch_ / "image" + "/.", copy()}), 0);
    ::umount((scratch_ / "image").c_str());
    if (change.tar.content.size() > 0) {
      const auto tar = bytes_of(change.tar.content);
      write_file(scratch_ / "diff.tar", tar);
      for (const auto& member : members_of(tar)) {
        auto target = copy() + "/" + member.name;
        if (target.ends_with('/'))
          target.pop_back();
        const bool both = fs::is_directory(fs::symlink_status(target)) && S_ISDIR(member.mode);
        if (!both)
          fs::remove_all(target);
      }
      EXPECT_EQ(run({"tar", "-x", "-p", "--xattrs", "--xattrs-include=*", "--same-owner", "-f",
                     scratch_ / "diff.tar", "-C", copy()}),
                0);
    }
    for (const auto& path : change.deleted) {
      EXPECT_TRUE(fs::exists(fs::symlink_status(copy() + path))) << path;
      fs::remove_all(copy() + path);
    }
  }

  /// No path is both removed and restored.
  static void expect_consistent(const rootfs_change& change) {
    if (change.tar.content.size() == 0)
      return;
    for (const auto& member : members_of(bytes_of(change.tar.content))) {
      EXPECT_FALSE(member.name.starts_with("/"));
      for (const auto& path : change.deleted)
        EXPECT_FALSE(("/" + member.name + "/").starts_with(path + "/")) << path;
    }
    EXPECT_TRUE(std::ranges::is_sorted(change.deleted));
  }

  std::string merged() { return scratch_ / "merged"; }
  std::string in(const std::string& path) { return merged() + "/" + path; }
  std::string copy() { return scratch_ / "copy"; }

  scratch_directory scratch_;
};

#define SKIP_WITHOUT_OVERLAY(mounted)                                                              \
  if (!(mounted))                                                                                  \
  GTEST_SKIP() << "this kernel or file system has no overlay with " << GetParam()

void fill_tree(const std::string& root) {
  for (const auto* path :
       {"t", "t/keep", "t/gone", "t/gone/deep", "t/again", "t/again/sub", "t/to-file", "t/renamed",
        "t/renamed/inner", "t/mode", "etc", "dev", "run", "t/linked"})
    fs::create_directory(root + "/" + path);
  for (const auto* path :
       {"t/modified",          "t/chmodded",   "t/chowned",        "t/appended",  "t/moved",
        "t/to-directory",      "t/to-link",    "t/deleted",        "t/gone/a",    "t/gone/deep/b",
        "t/again/old",         "t/again/both", "t/again/sub/old",  "t/to-file/x", "t/renamed/one",
        "t/renamed/inner/two", "t/hard",       "t/keep/untouched", "etc/hosts",   "etc/passwd",
        "t/touched",           "t/attributed"})
    write_file(root + "/" + path, std::string("image ") + path);
  fs::create_symlink("modified", root + "/t/link");
  fs::create_symlink("keep", root + "/t/link-to-directory");
  fs::create_hard_link(root + "/t/hard", root + "/t/linked/hard-too");
  write_file(root + "/t/large", std::string(100'000, 'L'));
}

/// The mutations that Podman's own export loses, and some more.
void mutate_tree(const std::string& root) {
  const auto at = [&](const std::string& path) { return root + "/t/" + path; };
  write_file(at("modified"), "new");
  ::chmod(at("chmodded").c_str(), 04711);
  ::chmod(at("large").c_str(), 0600);
  ::chown(at("chowned").c_str(), 1234, 4321);
  write_file(at("appended"), "image t/appended and more");
  fs::rename(at("moved"), at("moved-away"));
  fs::remove(at("deleted"));
  fs::remove_all(at("gone"));
  fs::remove_all(at("again"));
  fs::create_directory(at("again"));
  write_file(at("again/new"), "new");
  write_file(at("again/both"), "new too");
  fs::create_directory(at("again/sub"));
  fs::remove(at("to-directory"));
  fs::create_directory(at("to-directory"));
  write_file(at("to-directory/in"), "x");
  fs::remove_all(at("to-file"));
  write_file(at("to-file"), "a file");
  fs::remove(at("to-link"));
  fs::create_symlink("modified", at("to-link"));
  fs::remove(at("link"));
  fs::create_symlink("keep/untouched", at("link"));
  fs::remove(at("link-to-directory"));
  fs::create_directory(at("link-to-directory"));
  write_file(at("link-to-directory/real"), "x");
  ::chmod(at("mode").c_str(), 02775);
  fs::create_hard_link(at("modified"), at("modified-too"));
  fs::create_hard_link(at("keep/untouched"), at("untouched-too"));
  ::setxattr(at("attributed").c_str(), "user.note", "n", 1, 0);
  ::mkfifo(at("fifo").c_str(), 0640);
  ::mknod(at("device").c_str(), S_IFCHR | 0600, makedev(1, 3));
  const timespec times[2]{{1, 2}, {1'000'000'000, 123'456'789}};
  ::utimensat(AT_FDCWD, at("touched").c_str(), times, 0);
  write_file(at("not utf-8 \xff"), "x");
}

/// Without redirect_dir the kernel leaves it to the caller to copy a directory, as mv does.
void move(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    EXPECT_EQ(run({"mv", from, to}), 0);
  }
}

TEST_P(rootfs_change_of, nothing_is_empty) {
  SKIP_WITHOUT_OVERLAY(make_image([&] { fill_tree(merged()); }, [] {}) && start_container());
  const auto change = plan();
  EXPECT_EQ(change.tar.content.size(), 0u);
  EXPECT_TRUE(change.deleted.empty());
}

TEST_P(rootfs_change_of, many_kinds_of_changes_restores_the_view) {
  SKIP_WITHOUT_OVERLAY(make_image([&] { fill_tree(merged()); }, [] {}) && start_container());
  mutate_tree(merged());
  const auto change = plan();
  expect_consistent(change);
  EXPECT_EQ(change.deleted, (std::vector<std::string>{"/t/again/old", "/t/again/sub/old",
                                                      "/t/deleted", "/t/gone", "/t/moved"}));
  restore(change);
  EXPECT_EQ(describe_tree(copy(), false), describe_tree(merged(), false));
}

TEST_P(rootfs_change_of, a_layer_with_whiteouts_of_its_own_restores_the_view) {
  SKIP_WITHOUT_OVERLAY(make_image([&] { fill_tree(merged()); }, [&] { mutate_tree(merged()); }) &&
                       start_container());
  // What the upper layer of the image deleted is there again, and what it re-created is deleted.
  write_file(in("t/deleted"), "back");
  fs::create_directory(in("t/gone"));
  write_file(in("t/gone/new"), "x");
  fs::remove_all(in("t/again"));
  fs::create_directory(in("t/again"));
  fs::remove(in("t/to-file"));
  fs::create_directory(in("t/to-file"));
  ::chmod(in("t/large").c_str(), 0644);
  const auto change = plan();
  expect_consistent(change);
  EXPECT_EQ(change.deleted,
            (std::vector<std::string>{"/t/again/both", "/t/again/new", "/t/again/sub"}));
  restore(change);
  EXPECT_EQ(describe_tree(copy(), false), describe_tree(merged(), false));
}

TEST_P(rootfs_change_of, renamed_directories_restores_the_view) {
  SKIP_WITHOUT_OVERLAY(make_image([&] { fill_tree(merged()); },
                                  [&] { write_file(in("t/renamed/from-top"), "x"); }) &&
                       start_container());
  move(in("t/renamed"), in("t/new-name"));
  write_file(in("t/new-name/added"), "x");
  fs::remove(in("t/new-name/one"));
  move(in("t/new-name/inner"), in("inner-at-root"));
  ::chmod(in("inner-at-root/two").c_str(), 0600);
  // Another directory takes over the old name, and hides what the image has there.
  move(in("t/keep"), in("t/renamed"));
  move(in("t/gone"), in("t/again/gone"));
  const auto change = plan();
  expect_consistent(change);
  restore(change);
  EXPECT_EQ(describe_tree(copy(), false), describe_tree(merged(), false));
}

TEST_P(rootfs_change_of, a_rename_in_the_image_restores_the_view) {
  SKIP_WITHOUT_OVERLAY(make_image([&] { fill_tree(merged()); },
                                  [&] {
                                    const auto from = in("t/renamed");
                                    const auto to = in("t/new-name");
                                    move(from, to);
                                    ::chmod(in("t/new-name/one").c_str(), 0640);
                                  }) &&
                       start_container());
  fs::remove(in("t/new-name/inner/two"));
  ::chown(in("t/new-name/one").c_str(), 7, 7);
  const auto from = in("t/new-name");
  move(from, in("again"));
  const auto change = plan();
  expect_consistent(change);
  restore(change);
  EXPECT_EQ(describe_tree(copy(), false), describe_tree(merged(), false));
}

TEST_P(rootfs_change_of, what_the_engine_provides_is_left_out) {
  SKIP_WITHOUT_OVERLAY(make_image([&] { fill_tree(merged()); }, [] {}) && start_container());
  write_file(in("etc/hosts"), "of this container");
  write_file(in("etc/resolv.conf"), "of this container");
  write_file(in("etc/passwd"), "of the user");
  fs::create_directory(in("proc"));
  ::chmod(in("run").c_str(), 0700);
  fs::create_directories(in("run/secrets/mine"));
  const auto change = plan();
  const auto names = names_of(members_of(bytes_of(change.tar.content)));
  EXPECT_EQ(names, (std::vector<std::string>{"etc/", "etc/passwd", "run/secrets/mine/"}));
  EXPECT_TRUE(change.deleted.empty());
}

TEST_P(rootfs_change_of, the_root_itself_is_kept) {
  SKIP_WITHOUT_OVERLAY(make_image([&] { fill_tree(merged()); }, [] {}) && start_container());
  ::chmod(merged().c_str(), 0751);
  const auto change = plan();
  const auto members = members_of(bytes_of(change.tar.content));
  ASSERT_EQ(members.size(), 1u);
  EXPECT_EQ(members[0].name, "./");
  EXPECT_EQ(members[0].mode, S_IFDIR | 0751U);
}

TEST_P(rootfs_change_of, names_that_json_cannot_hold_is_warned_about) {
  SKIP_WITHOUT_OVERLAY(make_image([&] { write_file(in("bad \xff"), "x"); }, [] {}) &&
                       start_container());
  fs::remove(in("bad \xff"));
  const auto change = plan();
  EXPECT_TRUE(change.deleted.empty());
  EXPECT_EQ(change.tar.warnings.size(), 1u);
}

std::string flavour_name(const testing::TestParamInfo<const char*>& info) {
  constexpr std::array names{"plain", "metacopy", "redirect"};
  return names.at(info.index);
}

INSTANTIATE_TEST_SUITE_P(overlay, rootfs_change_of,
                         testing::Values("redirect_dir=off,metacopy=off",
                                         "redirect_dir=on,metacopy=on", "redirect_dir=on,index=on"),
                         flavour_name);

TEST(rootfs_change, takes_a_whiteout_that_is_an_attribute) {
  scratch_directory scratch;
  for (const auto* directory : {"lower", "upper"})
    fs::create_directory(scratch / directory);
  write_file(scratch / "lower/gone", "x");
  write_file(scratch / "upper/gone", "");
  write_file(scratch / "upper/empty", "");
  if (::setxattr((scratch / "upper/gone").c_str(), "trusted.overlay.whiteout", "", 0, 0) != 0)
    GTEST_SKIP() << "only root sets trusted attributes";
  const auto change = plan_rootfs_change(open_tree(scratch / "upper").value(), {scratch / "lower"});
  ASSERT_TRUE(change);
  EXPECT_EQ(change->deleted, std::vector<std::string>{"/gone"});
  EXPECT_EQ(names_of(members_of(bytes_of(change->tar.content))), std::vector<std::string>{"empty"});
}

TEST(rootfs_change, aligns_its_data_on_demand) {
  scratch_directory scratch;
  for (const auto* directory : {"lower", "upper"})
    fs::create_directory(scratch / directory);
  write_file(scratch / "upper/large", std::string(5000, 'l'));
  const auto change = plan_rootfs_change(open_tree(scratch / "upper").value(), {scratch / "lower"},
                                         {.align_data = true});
  ASSERT_TRUE(change);
  for (const auto& part : change->tar.content.segments())
    if (part.kind == segment_kind::file) {
      EXPECT_EQ(part.offset % 4096, 0u);
    }
}

TEST(rootfs_change, refuses_a_redirection_that_leads_outside) {
  scratch_directory scratch;
  for (const auto* directory : {"lower", "upper", "upper/moved"})
    fs::create_directory(scratch / directory);
  if (::setxattr((scratch / "upper/moved").c_str(), "trusted.overlay.redirect", "/../x", 5, 0) != 0)
    GTEST_SKIP() << "only root sets trusted attributes";
  const auto change = plan_rootfs_change(open_tree(scratch / "upper").value(), {scratch / "lower"});
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().subject, scratch / "upper/moved");
}

} // namespace
} // namespace floe::plan_test
