// Goal: a container sees its image's layers and its own changes, whatever the number of layers, and
// nothing stays mounted. Method: real overlay and tmpfs mounts of layers made by hand in a scratch
// root, which takes root.
#include "io/container/root_filesystem.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/mount.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

using namespace floe;

namespace {

class root_filesystem : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0)
      GTEST_SKIP() << "mounts need root";
    settings.root = scratch / "root";
    settings.run_root = scratch / "run";
    config.id = std::string(64, 'a');
    config.name = "web";
    config.shm_directory = bundle_directory(settings, config.id) + "/shm";
    image.id = std::string(64, 'b');
  }

  void TearDown() override {
    EXPECT_TRUE(unmount_shared_memory(config));
    EXPECT_TRUE(unmount_root_filesystem(settings, config));
  }

  /// Puts a layer on top of the image.
  std::string add_layer() {
    auto layer = scratch / ("layers/" + std::to_string(image.layers.size()));
    std::filesystem::create_directories(layer);
    image.layers.insert(image.layers.begin(), layer);
    return layer;
  }

  test::scratch_directory scratch;
  host_settings settings;
  container_config config;
  image_record image;
};

} // namespace

TEST_F(root_filesystem, shows_the_topmost_layer_and_keeps_changes_in_the_upper_directory) {
  test::write_file(add_layer() + "/etc/name", "lower");
  test::write_file(add_layer() + "/etc/name", "upper");
  ASSERT_EQ(::chmod(image.layers.front().c_str(), 0711), 0);
  const auto merged = mount_root_filesystem(settings, config, image);
  ASSERT_TRUE(merged) << describe(merged.error());
  EXPECT_EQ(test::read_file(*merged + "/etc/name"), "upper");
  struct stat status {};
  ASSERT_EQ(::stat(merged->c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0711U);
  test::write_file(*merged + "/etc/new", "x");
  const auto layers = root_layers(settings, config, image);
  EXPECT_EQ(test::read_file(layers.upper + "/etc/new"), "x");
  EXPECT_EQ(layers.lowers, image.layers);
}

TEST_F(root_filesystem, is_mounted_once_and_unmounted_as_often_as_asked) {
  add_layer();
  ASSERT_TRUE(mount_root_filesystem(settings, config, image));
  const auto merged = mount_root_filesystem(settings, config, image);
  ASSERT_TRUE(merged);
  EXPECT_TRUE(root_filesystem_mounted(settings, config).value());
  ASSERT_TRUE(unmount_root_filesystem(settings, config));
  EXPECT_FALSE(root_filesystem_mounted(settings, config).value());
  ASSERT_TRUE(unmount_root_filesystem(settings, config));
}

TEST_F(root_filesystem, comes_back_with_its_changes_after_the_mount_has_gone) {
  add_layer();
  auto merged = mount_root_filesystem(settings, config, image);
  ASSERT_TRUE(merged);
  test::write_file(*merged + "/kept", "x");
  ASSERT_EQ(::umount2(merged->c_str(), MNT_DETACH), 0); // as a reboot does
  merged = mount_root_filesystem(settings, config, image);
  ASSERT_TRUE(merged) << describe(merged.error());
  EXPECT_EQ(test::read_file(*merged + "/kept"), "x");
}

TEST_F(root_filesystem, takes_as_many_layers_as_overlayfs_does) {
  for (int i = 0; i < 500; ++i)
    test::write_file(add_layer() + "/" + std::to_string(i), "x");
  const auto merged = mount_root_filesystem(settings, config, image);
  ASSERT_TRUE(merged) << describe(merged.error());
  EXPECT_EQ(list_directory(*merged)->size(), 500U);
}

TEST_F(root_filesystem, refuses_an_image_without_layers_or_with_too_many) {
  EXPECT_EQ(mount_root_filesystem(settings, config, image).error().code, error_code::bad_image);
  image.layers.assign(501, scratch.path());
  EXPECT_EQ(mount_root_filesystem(settings, config, image).error().code, error_code::bad_image);
}

TEST_F(root_filesystem, names_a_layer_that_is_missing) {
  image.layers = {scratch / "gone"};
  const auto merged = mount_root_filesystem(settings, config, image);
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code, error_code::no_such_file);
  EXPECT_EQ(merged.error().subject, scratch / "gone");
}

TEST_F(root_filesystem, vanishes_with_what_the_container_changed) {
  const auto layer = add_layer();
  test::write_file(layer + "/file", "x");
  ASSERT_TRUE(mount_root_filesystem(settings, config, image));
  const auto removed = remove_root_filesystem(settings, config);
  ASSERT_TRUE(removed) << describe(removed.error());
  EXPECT_TRUE(list_directory(bundle_directory(settings, config.id))->empty());
  EXPECT_TRUE(std::filesystem::exists(layer + "/file"));
}

TEST_F(root_filesystem, leaves_a_directory_of_the_user_where_it_is) {
  config.rootfs = scratch / "rootfs";
  EXPECT_EQ(mount_root_filesystem(settings, config, image).error().code, error_code::no_such_file);
  test::write_file(config.rootfs + "/file", "x");
  EXPECT_EQ(mount_root_filesystem(settings, config, image).value(), config.rootfs);
  EXPECT_EQ(root_layers(settings, config, image).lowers, std::vector<std::string>{config.rootfs});
  EXPECT_TRUE(remove_root_filesystem(settings, config));
  EXPECT_TRUE(std::filesystem::exists(config.rootfs + "/file"));
}

TEST_F(root_filesystem, has_a_shared_memory_of_the_size_asked_for) {
  config.shm_size = uint64_t{1} << 20;
  ASSERT_TRUE(mount_shared_memory(config));
  ASSERT_TRUE(mount_shared_memory(config));
  struct statvfs size {};
  ASSERT_EQ(::statvfs(config.shm_directory.c_str(), &size), 0);
  EXPECT_EQ(size.f_blocks * size.f_frsize, config.shm_size);
  EXPECT_TRUE((size.f_flag & (ST_NOSUID | ST_NOEXEC | ST_NODEV)) ==
              (ST_NOSUID | ST_NOEXEC | ST_NODEV));
  struct stat status {};
  ASSERT_EQ(::stat(config.shm_directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 01777U);
  ASSERT_TRUE(unmount_shared_memory(config));
  EXPECT_FALSE(is_mount_point(config.shm_directory).value());
}

TEST_F(root_filesystem, fills_an_empty_volume_with_what_the_image_has) {
  const auto layer = add_layer();
  test::write_file(layer + "/srv/data/file", "x");
  std::filesystem::create_symlink("/srv", layer + "/link");
  ASSERT_EQ(::chmod((layer + "/srv/data").c_str(), 0750), 0);
  ASSERT_EQ(::chown((layer + "/srv/data").c_str(), 12, 34), 0);
  const auto merged = mount_root_filesystem(settings, config, image);
  ASSERT_TRUE(merged);
  const auto volume = scratch / "volume";
  std::filesystem::create_directories(volume);
  EXPECT_FALSE(copy_up_volume(*merged, "/nowhere", volume).value());
  const auto copied = copy_up_volume(*merged, "/link/data", volume);
  ASSERT_TRUE(copied) << describe(copied.error());
  EXPECT_TRUE(*copied);
  EXPECT_EQ(test::read_file(volume + "/file"), "x");
  struct stat status {};
  ASSERT_EQ(::stat(volume.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0750U);
  EXPECT_EQ(status.st_uid, 12U);
  EXPECT_EQ(status.st_gid, 34U);
  EXPECT_FALSE(copy_up_volume(*merged, "/link/data", volume).value());
}
