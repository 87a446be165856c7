// Goal: a checkpoint either comes to its end or leaves the container as it was, and nothing that is
// unfinished stays.
// Method: a real process in a real freezer cgroup under a scripted runtime, which fails where a
// test wants it to. Skipped without root.
#include "io/checkpoint/checkpoint_session.hpp"
#include "tests/io/checkpoint/scripted_container.hpp"
#include "tests/io/checkpoint/whole_dump.hpp"

#include <gtest/gtest.h>

#include <future>
#include <sys/socket.h>
#include <thread>

namespace floe {

namespace {

class scripted_checkpoint : public testing::Test {
 protected:
  void SetUp() override {
    container = test::scripted_container::make();
    if (!container)
      GTEST_SKIP() << "needs root and a freezer cgroup";
    exporting.export_path = container->scratch / "counter.tar";
  }

  expected<checkpoint_session> begin(const checkpoint_options& options) {
    return checkpoint_session::begin(*container->host, container_source::native, container->name,
                                     options);
  }
  error_code begin_error(const checkpoint_options& options) {
    auto begun = begin(options);
    return begun ? error_code::none : begun.error().code;
  }
  bool journal_is_empty() { return container->host->state().operations()->empty(); }

  std::unique_ptr<test::scripted_container> container;
  checkpoint_options exporting;
};

TEST_F(scripted_checkpoint, keeps_a_container_frozen_until_its_archive_is_finished) {
  exporting.leave_running = true;
  auto session = begin(exporting);
  ASSERT_TRUE(session) << describe(session.error());
  EXPECT_FALSE(container->is_frozen());
  ASSERT_TRUE(session->freeze());
  EXPECT_TRUE(container->is_frozen());
  container->script->on_dump = [this](const dump_request& request) {
    EXPECT_TRUE(container->is_frozen());
    EXPECT_TRUE(request.leave_running);
    EXPECT_EQ(request.work_path, container->bundle);
  };
  ASSERT_TRUE(test::dump(*session));
  auto source = session->capture();
  ASSERT_TRUE(source) << describe(source.error());
  EXPECT_EQ(source->images_directory, "checkpoint");
  EXPECT_TRUE(container->is_frozen());
  ASSERT_TRUE(session->finish());
  EXPECT_FALSE(container->is_frozen());
  EXPECT_GT(session->frozen_time().count(), 0);
  EXPECT_EQ(container->status().state, container_state::running);
  EXPECT_FALSE(container->exists("checkpoint"));
  EXPECT_FALSE(container->exists("dump.log"));
  EXPECT_TRUE(journal_is_empty());
}

TEST_F(scripted_checkpoint, freezes_a_container_when_the_runtime_says_that_criu_is_ready) {
  exporting.leave_running = true;
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  auto run = session->begin_dump();
  ASSERT_TRUE(run) << describe(run.error());
  EXPECT_FALSE(container->is_frozen());
  bool heard = false;
  container->script->on_dump = [&](const dump_request&) {
    EXPECT_TRUE(container->is_frozen());
    EXPECT_TRUE(heard);
  };
  EXPECT_TRUE(session->end_dump((*run)->run({}, [&] { heard = container->is_frozen(); })));
  EXPECT_TRUE(container->is_frozen());
  EXPECT_TRUE(session->finish());
  EXPECT_GT(session->facts().frozen.count(), 0);
}

TEST_F(scripted_checkpoint, waits_at_its_abort_for_a_dump_that_nobody_else_waits_for) {
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  auto run = session->begin_dump();
  ASSERT_TRUE(run);
  std::promise<void> dumping;
  bool ended = false;
  container->script->on_dump = [&](const dump_request&) {
    dumping.set_value();
    while (container->script->dump_is_wanted())
      std::this_thread::yield();
    ended = true;
  };
  const std::jthread other{[&] { static_cast<void>((*run)->run({}, [] {})); }};
  dumping.get_future().wait();
  EXPECT_TRUE(session->abort());
  EXPECT_TRUE(ended);
  EXPECT_FALSE(container->is_frozen());
}

TEST_F(scripted_checkpoint, never_begins_a_dump_after_its_abort) {
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  auto run = session->begin_dump();
  ASSERT_TRUE(run);
  EXPECT_TRUE(session->abort());
  EXPECT_FALSE((*run)->run({}, [] {}));
  EXPECT_TRUE(container->script->dumps.empty());
  EXPECT_FALSE(container->is_frozen());
}

TEST_F(scripted_checkpoint, has_the_network_locked_where_something_listens) {
  const unique_fd listening{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  ASSERT_EQ(::listen(listening.get(), 1), 0);
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  ASSERT_TRUE(session->freeze());
  ASSERT_TRUE(test::dump(*session));
  EXPECT_TRUE(container->script->locks_network);
}

TEST_F(scripted_checkpoint, thaws_early_when_it_is_told_to) {
  exporting.leave_running = true;
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  ASSERT_TRUE(session->freeze());
  ASSERT_TRUE(test::dump(*session));
  ASSERT_TRUE(session->thaw());
  EXPECT_FALSE(container->is_frozen());
  EXPECT_TRUE(session->finish());
}

TEST_F(scripted_checkpoint, kills_only_when_the_archive_is_durable) {
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  ASSERT_TRUE(session->freeze());
  ASSERT_TRUE(test::dump(*session));
  EXPECT_TRUE(container->script->dumps.at(0).leave_running);
  ASSERT_TRUE(session->thaw()); // it is to be stopped: no effect
  EXPECT_TRUE(container->is_frozen());
  EXPECT_TRUE(container->script->signals.empty());
  auto finished = session->finish();
  ASSERT_TRUE(finished) << describe(finished.error());
  EXPECT_EQ(container->script->signals, std::vector<int>{SIGKILL});
  const auto status = container->status();
  EXPECT_EQ(status.state, container_state::exited);
  EXPECT_TRUE(status.checkpointed);
  EXPECT_EQ(status.checkpoint_path, container->bundle + "/checkpoint");
  EXPECT_TRUE(container->exists("checkpoint/inventory.img"));
  EXPECT_TRUE(journal_is_empty());
}

TEST_F(scripted_checkpoint, keeps_what_is_not_exported_frozen_until_it_is_stopped) {
  auto session = begin({});
  ASSERT_TRUE(session);
  ASSERT_TRUE(session->freeze());
  EXPECT_TRUE(container->is_frozen());
  ASSERT_TRUE(test::dump(*session));
  EXPECT_TRUE(container->script->dumps.at(0).leave_running);
  EXPECT_TRUE(container->is_frozen());
  ASSERT_TRUE(session->finish());
  EXPECT_EQ(container->status().state, container_state::exited);
}

TEST_F(scripted_checkpoint, lets_criu_stop_what_has_connections) {
  exporting.tcp_established = true;
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  ASSERT_TRUE(test::dump(*session));
  EXPECT_FALSE(container->script->dumps.at(0).leave_running);
  EXPECT_TRUE(container->script->dumps.at(0).tcp_established);
  EXPECT_TRUE(session->finish());
}

TEST_F(scripted_checkpoint, lets_it_run_on_when_the_dump_fails) {
  test::write_file(container->bundle + "/checkpoint/inventory.img", "earlier");
  container->script->dump_error = error{error_code::dump_failed, "container counter", "no", ""};
  {
    auto session = begin(exporting);
    ASSERT_TRUE(session);
    ASSERT_TRUE(session->freeze());
    const auto dumped = test::dump(*session);
    ASSERT_FALSE(dumped);
    EXPECT_EQ(dumped.error().code, error_code::dump_failed);
    EXPECT_TRUE(container->is_frozen());
  }
  EXPECT_FALSE(container->is_frozen());
  EXPECT_EQ(container->status().state, container_state::running);
  EXPECT_FALSE(container->exists("checkpoint/pages-1.img"));
  EXPECT_EQ(test::read_file(container->bundle + "/checkpoint/inventory.img"), "earlier");
  EXPECT_TRUE(container->exists("dump.log"));
  EXPECT_TRUE(journal_is_empty());
}

TEST_F(scripted_checkpoint, lets_it_run_on_when_the_archive_fails) {
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  ASSERT_TRUE(session->freeze());
  ASSERT_TRUE(test::dump(*session));
  auto aborted = session->abort();
  ASSERT_TRUE(aborted) << describe(aborted.error());
  EXPECT_FALSE(container->is_frozen());
  EXPECT_TRUE(container->script->signals.empty());
  EXPECT_FALSE(container->exists("checkpoint"));
  EXPECT_TRUE(session->abort());
}

TEST_F(scripted_checkpoint, lets_it_run_on_when_it_cannot_be_killed) {
  container->script->kill_error = error{error_code::runtime_failed, "runc", "no", ""};
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  ASSERT_TRUE(session->freeze());
  ASSERT_TRUE(test::dump(*session));
  EXPECT_FALSE(session->finish());
  EXPECT_TRUE(session->abort());
  EXPECT_FALSE(container->is_frozen());
  EXPECT_EQ(container->status().state, container_state::running);
}

TEST_F(scripted_checkpoint, says_when_the_processes_are_gone) {
  container->script->on_dump = [this](const dump_request&) { container->script->alive = false; };
  container->script->dump_error = error{error_code::dump_failed, "container counter", "no", ""};
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  EXPECT_FALSE(test::dump(*session));
  const auto aborted = session->abort();
  ASSERT_FALSE(aborted);
  EXPECT_EQ(aborted.error().code, error_code::dump_failed);
}

TEST_F(scripted_checkpoint, stops_between_its_steps_when_it_is_cancelled) {
  std::stop_source stop;
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  stop.request_stop();
  const auto frozen = session->freeze(stop.get_token());
  ASSERT_FALSE(frozen);
  EXPECT_EQ(frozen.error().code, error_code::cancelled);
  EXPECT_FALSE(test::dump(*session, stop.get_token()));
  EXPECT_TRUE(container->script->dumps.empty());
}

TEST_F(scripted_checkpoint, keeps_logs_when_it_is_told_to) {
  exporting.keep = true;
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  ASSERT_TRUE(test::dump(*session));
  ASSERT_TRUE(session->finish());
  EXPECT_EQ(session->facts().log_path, container->bundle + "/dump.log");
  EXPECT_TRUE(container->exists("dump.log"));
}

TEST_F(scripted_checkpoint, removes_a_container_that_was_to_vanish_with_its_end) {
  container->update([](container_record& record) {
    record.config.spec["annotations"]["io.podman.annotations.autoremove"] = "TRUE";
  });
  EXPECT_EQ(begin_error({}), error_code::auto_remove);
  auto session = begin(exporting);
  ASSERT_TRUE(session);
  ASSERT_TRUE(session->freeze());
  ASSERT_TRUE(test::dump(*session));
  ASSERT_TRUE(session->finish());
  EXPECT_FALSE(container->host->state().find_container(container->name));
  EXPECT_FALSE(std::filesystem::exists(container->bundle));
}

TEST_F(scripted_checkpoint, refuses_what_does_not_run) {
  container->update(
      [](container_record& record) { record.status.state = container_state::exited; });
  const auto begun = begin(exporting);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, error_code::wrong_state);
  EXPECT_EQ(begun.error().cause, "\"exited\" is not running, cannot checkpoint");
}

TEST_F(scripted_checkpoint, refuses_two_at_once) {
  auto first = begin(exporting);
  ASSERT_TRUE(first);
  EXPECT_EQ(begin_error(exporting), error_code::container_busy);
}

TEST_F(scripted_checkpoint, refuses_dependencies_before_it_freezes) {
  container->update(
      [](container_record& record) { record.config.dependencies = {std::string(64, 'c')}; });
  EXPECT_EQ(begin_error(exporting), error_code::has_dependencies);
}

TEST_F(scripted_checkpoint, refuses_bad_targets) {
  test::write_file(exporting.export_path, "precious");
  EXPECT_EQ(begin_error(exporting), error_code::target_exists);
  exporting.overwrite = true;
  EXPECT_EQ(begin_error(exporting), error_code::none);
  exporting.export_path = container->scratch / "nowhere/counter.tar";
  EXPECT_EQ(begin_error(exporting), error_code::no_such_file);
  exporting.export_path = container->scratch / "root";
  EXPECT_EQ(begin_error(exporting), error_code::target_exists);
}

TEST_F(scripted_checkpoint, refuses_a_previous_one_that_is_not_there) {
  exporting.with_previous = true;
  EXPECT_EQ(begin_error(exporting), error_code::no_checkpoint);
}

TEST_F(scripted_checkpoint, asks_criu_whether_memory_can_be_tracked) {
  exporting.pre_checkpoint = true;
  EXPECT_EQ(begin_error(exporting), error_code::unsupported);
}

TEST_F(scripted_checkpoint, makes_a_pre_checkpoint_and_one_upon_it) {
  test::write_file(container->scratch / "criu", "#!/bin/sh\necho Version: 4.2.1\n");
  auto pre = exporting;
  pre.pre_checkpoint = true;
  {
    auto session = begin(pre);
    ASSERT_TRUE(session) << describe(session.error());
    ASSERT_TRUE(session->freeze());
    ASSERT_TRUE(test::dump(*session));
    EXPECT_EQ(session->capture()->images_directory, "pre-checkpoint");
    ASSERT_TRUE(session->finish());
  }
  EXPECT_TRUE(container->script->dumps.at(0).pre_dump);
  EXPECT_EQ(container->status().state, container_state::running);
  EXPECT_TRUE(container->exists("pre-checkpoint/inventory.img"));
  exporting.with_previous = true;
  auto session = begin(exporting);
  ASSERT_TRUE(session) << describe(session.error());
  ASSERT_TRUE(session->freeze());
  ASSERT_TRUE(test::dump(*session));
  EXPECT_EQ(container->script->dumps.at(1).parent_path, "../pre-checkpoint");
  EXPECT_EQ(std::filesystem::read_symlink(container->bundle + "/checkpoint/parent"),
            "../pre-checkpoint");
  EXPECT_TRUE(session->finish());
}

} // namespace

} // namespace floe
