// Goal: whatever a dead engine was doing to a container, the next one finishes or undoes it.
// Method: the journal and the cgroup as an engine leaves them that is killed at that point, with a
// scripted runtime. Skipped without root.
#include "io/checkpoint/checkpoint_session.hpp"
#include "io/checkpoint/recovery.hpp"
#include "io/container/lifecycle.hpp"
#include "io/posix/process.hpp"
#include "tests/io/checkpoint/scripted_container.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <future>

namespace floe {

namespace {

class scripted_recovery : public testing::Test {
 protected:
  void SetUp() override {
    container = test::scripted_container::make();
    if (!container)
      GTEST_SKIP() << "needs root and a freezer cgroup";
  }

  void freeze() {
    std::ofstream{container->cgroup + "/freezer.state"} << "FROZEN";
    std::ofstream{container->cgroup + "/cgroup.freeze"} << "1";
  }
  void leave(const std::string& operation, const std::string& phase, json details) {
    ASSERT_TRUE(container->host->state().begin_operation(
        {container->id, operation, phase, std::move(details)}));
  }
  recovered_operation recover() {
    auto reports = recover_operations(*container->host);
    EXPECT_TRUE(reports);
    EXPECT_EQ(reports->size(), 1u);
    EXPECT_TRUE(container->host->state().operations()->empty());
    return reports->empty() ? recovered_operation{} : reports->front();
  }

  std::unique_ptr<test::scripted_container> container;
};

TEST_F(scripted_recovery, does_not_keep_one_frozen_because_of_another_that_has_to_wait) {
  const std::string slow(64, '0'); // comes before any other
  process_request stop;
  stop.arguments = {"sh", "-c", "sleep 1000; true", "stop", "--time", slow};
  auto orphan = child_process::start(stop);
  ASSERT_TRUE(orphan) << describe(orphan.error());
  ASSERT_TRUE(container->host->state().begin_operation(
      {slow, "checkpoint", "stop", {{"source", "podman"}}}));
  freeze();
  leave("checkpoint", "dump", {{"images", "checkpoint"}});
  auto recovering =
      std::async(std::launch::async, [&] { return recover_operations(*container->host); });
  const auto is_waiting = [&] {
    return recovering.wait_for(std::chrono::milliseconds{10}) == std::future_status::timeout;
  };
  while (container->is_frozen() && is_waiting())
    continue;
  EXPECT_FALSE(container->is_frozen());
  EXPECT_TRUE(is_waiting());
  EXPECT_EQ(::kill(orphan->pid(), SIGKILL), 0);
  EXPECT_TRUE(recovering.get());
}

TEST_F(scripted_recovery, thaws_what_was_left_frozen_and_deletes_its_partial_archive) {
  const auto archive = container->scratch / "counter.tar";
  const auto partial = container->scratch / ".counter.tar.floe-a1b2c3";
  const auto other = container->scratch / ".counter.tar.floe-a1b2c3d";
  test::write_file(archive, "earlier");
  test::write_file(partial, "half");
  test::write_file(other, "somebody's");
  test::write_file(container->bundle + "/checkpoint/pages-1.img", "half");
  test::write_file(container->bundle + "/checkpoint.previous/inventory.img", "earlier");
  freeze();
  leave("checkpoint", "export", {{"images", "checkpoint"}, {"export", archive}, {"stops", true}});
  EXPECT_EQ(recover().action, "let it run on and deleted the partial archive");
  EXPECT_FALSE(container->is_frozen());
  EXPECT_TRUE(std::filesystem::exists(archive));
  EXPECT_FALSE(std::filesystem::exists(partial));
  EXPECT_TRUE(std::filesystem::exists(other));
  EXPECT_TRUE(container->exists("checkpoint/inventory.img"));
  EXPECT_FALSE(container->exists("checkpoint/pages-1.img"));
}

TEST_F(scripted_recovery, stops_for_good_what_was_being_stopped) {
  test::write_file(container->bundle + "/checkpoint/inventory.img", "complete");
  leave("checkpoint", "stop", {{"images", "checkpoint"}, {"stops", true}});
  ::kill(container->script->pid, SIGKILL);
  container->script->alive = false;
  EXPECT_EQ(recover().action, "completed its checkpoint");
  EXPECT_EQ(container->status().state, container_state::exited);
  EXPECT_TRUE(container->status().checkpointed);
}

TEST_F(scripted_recovery, completes_what_criu_had_stopped) {
  test::write_file(container->bundle + "/checkpoint/inventory.img", "complete");
  leave("checkpoint", "dump",
        {{"images", "checkpoint"}, {"stops", true}, {"stopped_by_criu", true}});
  ::kill(container->script->pid, SIGKILL);
  container->script->alive = false;
  EXPECT_EQ(recover().action, "completed its checkpoint");
}

TEST_F(scripted_recovery, says_what_cannot_be_recovered) {
  leave("checkpoint", "dump", {{"images", "checkpoint"}, {"stops", true}});
  container->script->alive = false;
  const auto report = recover();
  EXPECT_EQ(report.problem.code, error_code::dump_failed);
  EXPECT_FALSE(container->status().checkpointed);
}

TEST_F(scripted_recovery, keeps_the_images_of_what_died_before_its_archive_was_complete) {
  test::write_file(container->bundle + "/checkpoint/inventory.img", "complete");
  leave("checkpoint", "export", {{"images", "checkpoint"}, {"stops", true}, {"stood_still", true}});
  ::kill(container->script->pid, SIGKILL);
  container->script->alive = false;
  EXPECT_EQ(recover().problem.advice, "bring it back with floe restore counter");
  EXPECT_TRUE(container->exists("checkpoint/inventory.img"));
  EXPECT_TRUE(container->status().checkpointed);
}

TEST_F(scripted_recovery, offers_no_images_of_what_may_have_run_while_it_was_dumped) {
  test::write_file(container->bundle + "/checkpoint/inventory.img", "complete");
  leave("checkpoint", "dump", {{"images", "checkpoint"}, {"stops", true}});
  ::kill(container->script->pid, SIGKILL);
  container->script->alive = false;
  EXPECT_EQ(recover().problem.advice, "start it again");
  EXPECT_FALSE(container->status().checkpointed);
}

TEST_F(scripted_recovery, comes_before_a_container_that_is_gone_is_cleaned_up) {
  container->update([](container_record& record) {
    record.config.spec["annotations"]["io.podman.annotations.autoremove"] = "TRUE";
  });
  leave("checkpoint", "export", {{"images", "checkpoint"}, {"stops", true}});
  ::kill(container->script->pid, SIGKILL);
  container->script->alive = false;
  ASSERT_TRUE(cleanup_container(*container->host, container->id));
  EXPECT_TRUE(container->host->state().find_container(container->name));
}

TEST_F(scripted_recovery, leaves_alone_what_somebody_works_on) {
  auto session =
      checkpoint_session::begin(*container->host, container_source::native, container->name, {});
  ASSERT_TRUE(session);
  auto reports = recover_operations(*container->host);
  ASSERT_TRUE(reports);
  EXPECT_TRUE(reports->empty());
}

TEST_F(scripted_recovery, removes_what_was_half_imported) {
  leave("restore", "create", {{"is_import", true}, {"volumes", json::array()}});
  container->update(
      [](container_record& record) { record.status.state = container_state::configured; });
  EXPECT_EQ(recover().action, "removed what had been restored of it");
  EXPECT_FALSE(container->host->state().find_container(container->name));
  EXPECT_FALSE(std::filesystem::exists(container->bundle));
}

TEST_F(scripted_recovery, keeps_what_was_restored_already) {
  leave("restore", "resume", {{"is_import", true}, {"volumes", json::array()}});
  EXPECT_EQ(recover().action, "it had been restored already");
  EXPECT_TRUE(container->host->state().find_container(container->name));
}

} // namespace

} // namespace floe
