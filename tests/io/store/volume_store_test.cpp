// Goal: volumes exist completely or not at all, and go out and come in as tars. Method: a store and
// directories in a scratch root; none of it needs root, but owners are kept only as root.
#include "io/posix/file_tree.hpp"
#include "io/store/volume_store.hpp"
#include "tests/support/raw_tar.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace floe;
using floe::test::read_file;
using floe::test::write_file;

namespace {

expected<volume_users> nobody() {
  return volume_users{};
}

class volume_store : public testing::Test {
 protected:
  void SetUp() override {
    settings.root = scratch / "root";
    settings.run_root = scratch / "run";
    auto opened = store::open(settings.root);
    ASSERT_TRUE(opened) << describe(opened.error());
    state = std::move(*opened);
  }

  std::vector<std::string> on_disk() { return list_directory(settings.root + "/volumes").value(); }

  /// A tar of files that are ours.
  static test::raw_tar tar() { return {::getuid(), ::getgid()}; }

  expected<void> import(const std::string& file) {
    const unique_fd input{::open((scratch / file).c_str(), O_RDONLY | O_CLOEXEC)};
    return import_volume(*state, settings, "data", input.get(), nobody);
  }

  test::scratch_directory scratch;
  host_settings settings;
  std::unique_ptr<store> state;
};

} // namespace

TEST_F(volume_store, creates_an_empty_volume_that_containers_may_enter) {
  const auto record = create_volume(*state, settings, {"data", {{"k", "v"}}, {}, false});
  ASSERT_TRUE(record) << describe(record.error());
  EXPECT_EQ(record->mount_point, settings.root + "/volumes/data/_data");
  struct stat status {};
  ASSERT_EQ(::stat(record->mount_point.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0755U);
  const auto document = volume_document(state->find_volume("data").value());
  EXPECT_EQ(document["Name"], "data");
  EXPECT_EQ(document["Driver"], "local");
  EXPECT_EQ(document["Labels"]["k"], "v");
  EXPECT_EQ(document["Anonymous"], false);
}

TEST_F(volume_store, invents_a_name_for_an_anonymous_volume) {
  const auto record = create_volume(*state, settings, {});
  ASSERT_TRUE(record);
  EXPECT_EQ(record->name.size(), 64U);
  EXPECT_TRUE(record->anonymous);
}

TEST_F(volume_store, refuses_names_that_are_none_and_names_that_are_taken) {
  for (const auto* name : {"../x", ".hidden", "a/b", "-a"})
    EXPECT_EQ(create_volume(*state, settings, {name, {}, {}, false}).error().code,
              error_code::usage);
  ASSERT_TRUE(create_volume(*state, settings, {"data", {}, {}, false}));
  EXPECT_EQ(create_volume(*state, settings, {"data", {}, {}, false}).error().code,
            error_code::volume_exists);
  EXPECT_EQ(on_disk(), std::vector<std::string>{"data"});
}

TEST_F(volume_store, removes_a_volume_with_its_content) {
  const auto record = create_volume(*state, settings, {"data", {}, {}, false});
  write_file(record->mount_point + "/a/b", "x");
  ASSERT_TRUE(remove_volume(*state, settings, "data"));
  EXPECT_TRUE(on_disk().empty());
  EXPECT_EQ(remove_volume(*state, settings, "data").error().code, error_code::no_such_volume);
}

TEST_F(volume_store, keeps_a_volume_that_a_container_uses_unless_forced) {
  ASSERT_TRUE(create_volume(*state, settings, {"data", {}, {}, false}));
  container_record user;
  user.config.id = std::string(64, 'a');
  user.config.name = "web";
  user.config.volumes = {{"data", "/data", {}, false}};
  ASSERT_TRUE(state->add_container(user));
  const auto refused = remove_volume(*state, settings, "data");
  EXPECT_EQ(refused.error().code, error_code::volume_in_use);
  EXPECT_NE(refused.error().cause.find("web"), std::string::npos);
  EXPECT_TRUE(remove_volume(*state, settings, "data", true));
}

TEST_F(volume_store, shows_a_staged_volume_only_when_it_is_published) {
  auto staged = staged_volume::stage(*state, settings, {"data", {}, {}, false});
  ASSERT_TRUE(staged) << describe(staged.error());
  write_file(staged->directory() + "/file", "x");
  EXPECT_FALSE(state->find_volume("data"));
  EXPECT_EQ(staged_volume::stage(*state, settings, {"data", {}, {}, false}).error().code,
            error_code::container_busy);
  const auto record = staged->publish();
  ASSERT_TRUE(record) << describe(record.error());
  EXPECT_EQ(read_file(record->mount_point + "/file"), "x");
  EXPECT_TRUE(state->find_volume("data"));
}

TEST_F(volume_store, lets_go_of_a_volume_that_it_published) {
  auto staged = staged_volume::stage(*state, settings, {"data", {}, {}, false});
  ASSERT_TRUE(staged);
  ASSERT_TRUE(staged->publish());
  const auto removed = remove_volume(*state, settings, "data");
  EXPECT_TRUE(removed) << describe(removed.error());
  EXPECT_TRUE(on_disk().empty());
}

TEST_F(volume_store, forgets_a_staged_volume_that_is_not_published) {
  {
    const auto staged = staged_volume::stage(*state, settings, {"data", {}, {}, false});
    ASSERT_TRUE(staged);
    write_file(staged->directory() + "/file", "x");
  }
  EXPECT_TRUE(on_disk().empty());
  EXPECT_TRUE(create_volume(*state, settings, {"data", {}, {}, false}));
}

TEST_F(volume_store, replaces_what_a_process_left_that_died_before_it_recorded_its_volume) {
  write_file(settings.root + "/volumes/data/_data/old", "x");
  const auto record = create_volume(*state, settings, {"data", {}, {}, false});
  ASSERT_TRUE(record) << describe(record.error());
  EXPECT_TRUE(list_directory(record->mount_point)->empty());
}

TEST_F(volume_store, brings_its_content_from_one_volume_to_another) {
  const auto from = create_volume(*state, settings, {"from", {}, {}, false});
  const auto to = create_volume(*state, settings, {"to", {}, {}, false});
  write_file(from->mount_point + "/a/file", "content");
  std::filesystem::create_symlink("../anywhere", from->mount_point + "/a/link");
  const unique_fd tar{::open((scratch / "tar").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  const auto exported = export_volume(*state, "from", tar.get());
  ASSERT_TRUE(exported) << describe(exported.error());
  ASSERT_EQ(::lseek(tar.get(), 0, SEEK_SET), 0);
  const auto imported = import_volume(*state, settings, "to", tar.get(), nobody);
  ASSERT_TRUE(imported) << describe(imported.error());
  EXPECT_EQ(read_file(to->mount_point + "/a/file"), "content");
  EXPECT_EQ(std::filesystem::read_symlink(to->mount_point + "/a/link"), "../anywhere");
  EXPECT_EQ(export_volume(*state, "none", tar.get()).error().code, error_code::no_such_volume);
  EXPECT_EQ(import_volume(*state, settings, "none", tar.get(), nobody).error().code,
            error_code::no_such_volume);
}

TEST_F(volume_store, unpacks_over_what_a_volume_has) {
  const auto data = create_volume(*state, settings, {"data", {}, {}, false});
  write_file(data->mount_point + "/kept", "kept");
  write_file(data->mount_point + "/file", "old");
  ASSERT_EQ(::chmod(data->mount_point.c_str(), 01770), 0);
  write_file(scratch / "tar", tar().file("file", "new").closed());
  EXPECT_TRUE(import("tar"));
  EXPECT_EQ(read_file(data->mount_point + "/kept"), "kept");
  EXPECT_EQ(read_file(data->mount_point + "/file"), "new");
  struct stat status {};
  ASSERT_EQ(::stat(data->mount_point.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 01770U);
  EXPECT_EQ(on_disk(), std::vector<std::string>{"data"});
}

TEST_F(volume_store, changes_nothing_by_an_import_while_somebody_has_it_mounted) {
  ASSERT_TRUE(create_volume(*state, settings, {"data", {}, {}, false}));
  write_file(settings.root + "/volumes/data/_data/old", "kept");
  write_file(scratch / "in.tar", tar().file("new", "content").closed());
  const unique_fd input{::open((scratch / "in.tar").c_str(), O_RDONLY | O_CLOEXEC)};
  const auto imported =
      import_volume(*state, settings, "data", input.get(), [this]() -> expected<volume_users> {
        // Nobody can begin to use it now.
        EXPECT_FALSE(object_lock::acquire(settings.run_root, "volume", "data"));
        return fail(error_code::volume_in_use, "volume data", "somebody runs");
      });
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, error_code::volume_in_use);
  EXPECT_EQ(read_file(settings.root + "/volumes/data/_data/old"), "kept");
  EXPECT_FALSE(std::filesystem::exists(settings.root + "/volumes/data/_data/new"));
}

TEST_F(volume_store, is_as_it_was_when_a_tar_turns_out_to_be_bad) {
  const auto data = create_volume(*state, settings, {"data", {}, {}, false});
  write_file(data->mount_point + "/file", "old");
  const auto good = tar().file("file", "new").file("other", "new");
  write_file(scratch / "noise", std::string(5000, 'x'));
  write_file(scratch / "cut", good.open_end().substr(0, 1500));
  write_file(scratch / "hostile", tar().file("file", "new").file("../outside", "bad").closed());
  for (const auto* name : {"noise", "cut", "hostile"}) {
    const auto imported = import(name);
    ASSERT_FALSE(imported) << name;
    EXPECT_NE(imported.error().cause.find("the volume is as it was"), std::string::npos);
    EXPECT_EQ(read_file(data->mount_point + "/file"), "old") << name;
    EXPECT_EQ(list_directory(data->mount_point)->size(), 1U) << name;
    EXPECT_EQ(on_disk(), std::vector<std::string>{"data"});
  }
}
