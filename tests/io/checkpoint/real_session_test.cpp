// Goal: the steps do with runc, conmon and CRIU what they promise: memory and files agree, nothing
// is lost, nothing is left.
// Method: a counting container is checkpointed and restored; archives are replaced by the
// directories that they are made from. Skipped with the reason where something is missing.
#include "io/checkpoint/checkpoint_files.hpp"
#include "io/checkpoint/checkpoint_session.hpp"
#include "io/checkpoint/recovery.hpp"
#include "io/checkpoint/restore_session.hpp"
#include "tests/io/checkpoint/real_container.hpp"
#include "tests/io/checkpoint/whole_dump.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <map>

namespace floe {

namespace {

namespace fs = std::filesystem;

/// An archive that has documents only.
class document_archive final : public archive_reader {
 public:
  std::map<std::string, std::string> documents;

  const std::string& path() const override { return path_; }
  compression method() const override { return compression::none; }
  bool indexed() const override { return true; }
  const std::string& digest() const override { return path_; }
  uint64_t stored_size() const override { return 0; }
  expected<std::vector<archive_member>> members() override { return std::vector<archive_member>{}; }
  expected<std::string> document(const std::string& name) override { return documents.at(name); }
  expected<std::unique_ptr<byte_source>> open_member(const archive_member& member) override {
    return fail(error_code::no_such_file, member.name, "it has no members");
  }
  expected<void> visit(const member_visitor&, const std::stop_token&) override { return {}; }
  expected<void> verify(const std::stop_token&) override { return {}; }

 private:
  std::string path_ = "counter.tar";
};

constexpr auto copying = fs::copy_options::recursive | fs::copy_options::copy_symlinks |
                         fs::copy_options::overwrite_existing;

/// What an archive would hold, as directories.
struct unpacked_archive {
  test::scratch_directory scratch;
  document_archive reader;

  explicit unpacked_archive(const archive_source& source) {
    reader.documents["config.dump"] = source.config_dump;
    reader.documents["spec.dump"] = source.spec_dump;
    fs::copy(source.bundle + "/" + source.images_directory, scratch / "checkpoint", copying);
    if (!source.upper_directory.empty())
      fs::copy(source.upper_directory, scratch / "upper", copying);
    if (!source.shared_memory.empty())
      fs::copy(source.shared_memory, scratch / "shm", copying);
    for (const auto& volume : source.volumes)
      fs::copy(volume.mount_point, scratch / ("volume-" + volume.name()), copying);
  }
  void unpack(const restore_targets& targets) const {
    fs::copy(scratch / "checkpoint", targets.bundle + "/checkpoint", copying);
    fs::copy(scratch / "upper", targets.rootfs, copying);
    fs::copy(scratch / "shm", targets.shared_memory, copying);
    for (const auto& volume : targets.volumes)
      fs::copy(scratch / ("volume-" + volume.name), volume.directory, copying);
  }
};

class real_session : public testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    container = std::make_unique<test::real_container>(reason);
    if (!reason.empty())
      GTEST_SKIP() << reason;
    exporting.export_path = container->scratch / "counter.tar";
  }

  expected<checkpoint_session> begin(const checkpoint_options& options) {
    return checkpoint_session::begin(*container->host, container_source::native, container->name,
                                     options);
  }
  void dump(checkpoint_session& session) {
    auto frozen = session.freeze();
    ASSERT_TRUE(frozen) << describe(frozen.error());
    auto dumped = test::dump(session);
    ASSERT_TRUE(dumped) << describe(dumped.error());
  }
  /// Checkpoints into an "archive" and removes the container and its volume.
  std::unique_ptr<unpacked_archive> checkpoint_and_remove() {
    auto session = begin(exporting);
    EXPECT_TRUE(session);
    dump(*session);
    auto source = session->capture();
    EXPECT_TRUE(source) << describe(source.error());
    auto archive = std::make_unique<unpacked_archive>(*source);
    auto finished = session->finish();
    EXPECT_TRUE(finished) << describe(finished.error());
    {
      const auto ended = std::move(*session); // gives the lock back
    }
    EXPECT_TRUE(remove_container(*container->host, container->name));
    EXPECT_TRUE(remove_volume(container->host->state(), container->host->settings(), "data"));
    return archive;
  }
  expected<restore_session> begin_import(unpacked_archive& archive, restore_options options = {}) {
    return restore_session::begin_import(*container->host, archive.reader, options);
  }
  void expect_nothing_left() {
    EXPECT_TRUE(container->host->state().containers()->empty());
    EXPECT_TRUE(container->host->state().volumes()->empty());
    EXPECT_TRUE(container->host->state().operations()->empty());
    EXPECT_TRUE(fs::is_empty(container->host->settings().root + "/containers"));
  }

  std::unique_ptr<test::real_container> container;
  checkpoint_options exporting;
};

TEST_F(real_session, keeps_counting_after_a_checkpoint_that_leaves_it_running) {
  exporting.leave_running = true;
  auto session = begin(exporting);
  ASSERT_TRUE(session) << describe(session.error());
  dump(*session);
  auto source = session->capture();
  ASSERT_TRUE(source) << describe(source.error());
  const auto count = container->count();
  EXPECT_TRUE(fs::exists(source->bundle + "/checkpoint/inventory.img"));
  EXPECT_EQ(container->count(), count);
  ASSERT_TRUE(session->finish());
  EXPECT_TRUE(container->counts_beyond(count));
  EXPECT_GT(session->facts().criu.pages_written, 0u);
}

TEST_F(real_session, goes_on_where_it_was_when_it_is_restored_in_place) {
  for (int round = 0; round < 2; ++round) {
    uint64_t count = 0;
    {
      auto session = begin({});
      ASSERT_TRUE(session) << describe(session.error());
      dump(*session);
      auto finished = session->finish();
      ASSERT_TRUE(finished) << describe(finished.error());
      count = container->count();
      EXPECT_EQ(container->record().status.state, container_state::exited);
    }
    auto restore = restore_session::begin_in_place(*container->host, container->name, {});
    ASSERT_TRUE(restore) << describe(restore.error());
    ASSERT_TRUE(restore->check_images());
    auto resumed = restore->resume();
    ASSERT_TRUE(resumed) << describe(resumed.error());
    ASSERT_TRUE(restore->commit());
    EXPECT_TRUE(container->counts_beyond(count));
    EXPECT_EQ(test::read_file(container->record().config.shm_directory + "/s"), "shared\n");
    EXPECT_FALSE(has_checkpoint(container->bundle()));
  }
}

TEST_F(real_session, comes_back_from_an_archive_after_it_was_removed) {
  auto archive = checkpoint_and_remove();
  expect_nothing_left();
  auto restore = begin_import(*archive);
  ASSERT_TRUE(restore) << describe(restore.error());
  archive->unpack(restore->targets());
  ASSERT_TRUE(restore->apply_deletions({"/etc/original"}));
  auto published = restore->publish_volumes({"data"});
  ASSERT_TRUE(published) << describe(published.error());
  const auto count = container->count();
  auto checked = restore->check_images();
  ASSERT_TRUE(checked) << describe(checked.error());
  auto resumed = restore->resume();
  ASSERT_TRUE(resumed) << describe(resumed.error());
  ASSERT_TRUE(restore->commit());
  EXPECT_TRUE(container->counts_beyond(count));
  const auto status = container->record().status;
  EXPECT_TRUE(status.restored);
  EXPECT_FALSE(fs::exists(status.mount_point + "/etc/original"));
  EXPECT_TRUE(container->host->state().operations()->empty());
}

TEST_F(real_session, comes_back_under_another_name) {
  auto archive = checkpoint_and_remove();
  restore_options options;
  options.name = "other";
  auto restore = begin_import(*archive, options);
  ASSERT_TRUE(restore) << describe(restore.error());
  EXPECT_EQ(restore->name(), "other");
  archive->unpack(restore->targets());
  ASSERT_TRUE(restore->publish_volumes({"data"}));
  auto resumed = restore->resume();
  ASSERT_TRUE(resumed) << describe(resumed.error());
  ASSERT_TRUE(restore->commit());
  EXPECT_NE(container->record("other").config.id,
            json::parse(archive->reader.documents["config.dump"])["id"]);
  EXPECT_TRUE(container->counts_beyond(container->stable_count()));
}

TEST_F(real_session, leaves_nothing_of_an_import_that_is_not_committed) {
  auto archive = checkpoint_and_remove();
  {
    auto restore = begin_import(*archive);
    ASSERT_TRUE(restore) << describe(restore.error());
    archive->unpack(restore->targets());
    ASSERT_TRUE(restore->publish_volumes({"data"}));
    auto resumed = restore->resume();
    ASSERT_TRUE(resumed) << describe(resumed.error());
  }
  expect_nothing_left();
}

TEST_F(real_session, leaves_only_the_log_of_an_import_that_criu_refuses) {
  auto archive = checkpoint_and_remove();
  {
    auto restore = begin_import(*archive);
    ASSERT_TRUE(restore);
    archive->unpack(restore->targets());
    fs::remove(restore->targets().bundle + "/checkpoint/pstree.img");
    ASSERT_TRUE(restore->publish_volumes({"data"}));
    const auto resumed = restore->resume();
    ASSERT_FALSE(resumed);
    EXPECT_EQ(resumed.error().code, error_code::restore_failed);
    EXPECT_NE(describe(resumed.error()).find(container->scratch / "root/logs/restore-counter"),
              std::string::npos)
        << describe(resumed.error());
  }
  expect_nothing_left();
}

TEST_F(real_session, refuses_to_import_what_is_there) {
  exporting.leave_running = true;
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  dump(*session);
  auto source = session->capture();
  ASSERT_TRUE(source);
  unpacked_archive archive{*source};
  ASSERT_TRUE(session->finish());
  { const auto ended = std::move(*session); }
  const auto same = begin_import(archive);
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().code, error_code::container_exists);
  restore_options options;
  options.name = "other";
  const auto other = begin_import(archive, options);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, error_code::volume_exists);
}

TEST_F(real_session, asks_for_the_content_of_every_volume) {
  auto archive = checkpoint_and_remove();
  {
    auto restore = begin_import(*archive);
    ASSERT_TRUE(restore);
    const auto published = restore->publish_volumes({});
    ASSERT_FALSE(published);
    EXPECT_EQ(published.error().code, error_code::archive_incompatible);
  }
  expect_nothing_left();
}

TEST_F(real_session, restores_what_criu_had_stopped_when_the_archive_fails) {
  exporting.tcp_established = true;
  auto session = begin(exporting);
  ASSERT_TRUE(session) << describe(session.error());
  dump(*session);
  const auto count = container->count();
  auto aborted = session->abort();
  ASSERT_TRUE(aborted) << describe(aborted.error());
  EXPECT_EQ(container->record().status.state, container_state::running);
  EXPECT_TRUE(container->counts_beyond(count));
}

TEST_F(real_session, recovers_what_a_dead_engine_left_frozen) {
  exporting.leave_running = true;
  const auto id = container->record().config.id;
  {
    auto session = begin(exporting);
    ASSERT_TRUE(session);
    dump(*session);
    // As if this process had died: the journal says what it was doing, and it stays frozen.
    const auto entry = container->host->state().operations()->front();
    ASSERT_TRUE(session->abort());
    ASSERT_TRUE(container->host->state().begin_operation(entry));
  }
  auto runtime = container->host->runtime("runc");
  ASSERT_TRUE((*runtime)->pause(id));
  const auto reports = recover_operations(*container->host);
  ASSERT_TRUE(reports);
  ASSERT_EQ(reports->size(), 1u);
  EXPECT_EQ(reports->front().action, "let it run on");
  EXPECT_TRUE(container->counts_beyond(container->count()));
}

} // namespace

} // namespace floe
