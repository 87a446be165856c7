// Goal: containers live and die as users expect, also when floe or the host dies in between.
// Method: the real runc and conmon with a root filesystem of one busybox, as root; each test has a
// store of its own.
#include "io/container/lifecycle.hpp"
#include "io/posix/mount.hpp"
#include "io/posix/process_watch.hpp"
#include "io/store/image_store.hpp"
#include "tests/support/container_fixture.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace floe;
namespace fs = std::filesystem;

namespace {

class lifecycle : public container_fixture {};

} // namespace

TEST_F(lifecycle, a_container_runs_logs_and_leaves_its_exit_code) {
  auto record = run(options({"sh", "-c", "echo hello; hostname; pwd; exit 3"}));
  EXPECT_EQ(record.status.state, container_state::exited);
  EXPECT_EQ(record.status.exit_code, 3);
  EXPECT_EQ(record.status.pid, 0);
  EXPECT_FALSE(record.status.finished.empty());
  EXPECT_EQ(log_of(record), "hello\n" + record.config.id.substr(0, 12) + "\n/\n");
  EXPECT_TRUE(remove_container(*host_, "web"));
  EXPECT_FALSE(fs::exists(bundle_directory(settings_, record.config.id)));
  EXPECT_FALSE(find_current(*host_, "web"));
}

TEST_F(lifecycle, stop_sends_the_stop_signal_and_waits) {
  auto wanted = options({"sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 1; done"});
  auto record = make(wanted);
  auto started = start_container(*host_, "web");
  ASSERT_TRUE(started) << describe(started.error());
  EXPECT_EQ(started->status.state, container_state::running);
  auto twice = start_container(*host_, "web");
  EXPECT_TRUE(twice);
  auto stopped = stop_container(*host_, "web");
  ASSERT_TRUE(stopped) << describe(stopped.error());
  EXPECT_EQ(stopped->status.state, container_state::exited);
  EXPECT_TRUE(stop_container(*host_, "web"));
  auto again = start_container(*host_, "web");
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_FALSE(remove_container(*host_, "web"));
  EXPECT_TRUE(remove_container(*host_, "web", {true, false}));
}

TEST_F(lifecycle, a_container_that_ignores_the_stop_signal_is_killed) {
  make(options({"sh", "-c", "trap '' TERM; while :; do sleep 1; done"}));
  ASSERT_TRUE(start_container(*host_, "web"));
  auto stopped = stop_container(*host_, "web", 0);
  ASSERT_TRUE(stopped) << describe(stopped.error());
  EXPECT_EQ(stopped->status.exit_code, 137);
}

TEST_F(lifecycle, pause_holds_a_container_and_unpause_lets_it_go_on) {
  make(options({"sleep", "1000"}));
  EXPECT_EQ(pause_container(*host_, "web").error().code, error_code::wrong_state);
  ASSERT_TRUE(start_container(*host_, "web"));
  auto paused = pause_container(*host_, "web");
  ASSERT_TRUE(paused) << describe(paused.error());
  EXPECT_EQ(find_current(*host_, "web")->status.state, container_state::paused);
  EXPECT_EQ(stop_container(*host_, "web").error().code, error_code::wrong_state);
  ASSERT_TRUE(unpause_container(*host_, "web"));
  ASSERT_TRUE(pause_container(*host_, "web"));
  auto killed = kill_container(*host_, "web", SIGKILL);
  ASSERT_TRUE(killed) << describe(killed.error());
  EXPECT_EQ(killed->status.exit_code, 137);
}

TEST_F(lifecycle, volumes_mounts_environment_and_limits_arrive) {
  std::ofstream{rootfs() + "/data/from-image"} << "seed\n";
  fs::create_directories(directory_ + "/host");
  auto wanted = options({"sh", "-c",
                         "cat /data/from-image; echo $COLOUR; echo x > /host/file; "
                         "echo y > /scratch/f && cat /scratch/f; cat /proc/sys/kernel/hostname; "
                         "cat /run/.containerenv; id -u"});
  wanted.volumes = {"seeded:/data", directory_ + "/host:/host", "/anonymous"};
  wanted.tmpfs = {"/scratch:size=1m"};
  wanted.environment = {"COLOUR=blue"};
  wanted.hostname = "ice";
  wanted.memory = 64 << 20;
  wanted.cpus = 0.5;
  auto record = run(wanted);
  EXPECT_EQ(record.status.exit_code, 0);
  EXPECT_EQ(log_of(record), "seed\nblue\ny\nice\n0\n");
  EXPECT_TRUE(fs::exists(directory_ + "/host/file"));
  EXPECT_TRUE(fs::exists(volume_directory(settings_, "seeded") + "/from-image"));
  ASSERT_EQ(record.config.volumes.size(), 2u);
  auto anonymous = record.config.volumes[1].name;
  EXPECT_TRUE(remove_container(*host_, "web", {false, true}));
  EXPECT_FALSE(host_->state().find_volume(anonymous));
  EXPECT_TRUE(host_->state().find_volume("seeded"));
}

TEST_F(lifecycle, what_cannot_start_says_why_and_leaves_nothing_running) {
  make(options({"no-such-program"}));
  auto started = start_container(*host_, "web");
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, error_code::runtime_failed);
  EXPECT_NE(started.error().cause.find("no-such-program"), std::string::npos)
      << describe(started.error());
  EXPECT_EQ(find_current(*host_, "web")->status.state, container_state::configured);

  auto wanted = options({"sleep", "1"}, "lost");
  wanted.working_directory = "/nowhere";
  make(wanted);
  EXPECT_EQ(start_container(*host_, "lost").error().code, error_code::usage);
  wanted = options({"sleep", "1"}, "nobody");
  wanted.user = "nobody-here";
  make(wanted);
  EXPECT_EQ(start_container(*host_, "nobody").error().code, error_code::usage);
}

TEST_F(lifecycle, bad_requests_are_refused_before_anything_is_made) {
  EXPECT_EQ(create_container(*host_, options({})).error().code, error_code::usage);
  EXPECT_EQ(create_container(*host_, options({"sh"}, "a/b")).error().code, error_code::usage);
  auto wanted = options({"sh"});
  wanted.image = "also-an-image";
  EXPECT_EQ(create_container(*host_, wanted).error().code, error_code::usage);
  wanted = options({"sh"});
  wanted.volumes = {"/no/such/host/path:/x"};
  EXPECT_EQ(create_container(*host_, wanted).error().code, error_code::no_such_file);
  wanted = options({"sh"});
  wanted.runtime = "no-such-runtime";
  EXPECT_EQ(create_container(*host_, wanted).error().code, error_code::runtime_missing);
  EXPECT_TRUE(host_->state().containers()->empty());
  make(options({"sh"}));
  wanted = options({"sh"});
  wanted.volumes = {"fresh:/x"};
  EXPECT_EQ(create_container(*host_, wanted).error().code, error_code::container_exists);
  EXPECT_FALSE(host_->state().find_volume("fresh"));
}

TEST_F(lifecycle, a_container_without_a_name_gets_one) {
  auto wanted = options({"sh"}, "");
  auto record = make(wanted);
  EXPECT_NE(record.config.name.find('_'), std::string::npos);
}

TEST_F(lifecycle, a_container_that_was_killed_with_its_monitor_is_found_exited) {
  auto made = make(options({"sleep", "1000"}));
  auto started = start_container(*host_, "web");
  ASSERT_TRUE(started);
  auto monitor = open_pidfd(started->status.monitor_pid);
  auto process = open_pidfd(started->status.pid);
  ASSERT_TRUE(monitor && process);
  signal_pidfd(monitor.get(), SIGKILL);
  signal_pidfd(process.get(), SIGKILL);
  ASSERT_EQ(await_exit(process.get(), patience), watch_end::exited);
  host_.reset();
  open_host();
  auto current = find_current(*host_, "web");
  ASSERT_TRUE(current) << describe(current.error());
  EXPECT_EQ(current->status.state, container_state::exited);
  EXPECT_EQ(current->status.exit_code, -1);
  EXPECT_FALSE(*is_mount_point(made.config.shm_directory));
}

TEST_F(lifecycle, a_container_started_by_a_floe_that_died_is_taken_over) {
  auto made = make(options({"sleep", "1000"}));
  auto started = start_container(*host_, "web");
  ASSERT_TRUE(started);
  // As if it had died before it could record the start.
  ASSERT_TRUE(host_->state().update_status(made.config.id, made.status));
  auto current = find_current(*host_, "web");
  ASSERT_TRUE(current) << describe(current.error());
  EXPECT_EQ(current->status.state, container_state::running);
  EXPECT_EQ(current->status.pid, started->status.pid);
  EXPECT_TRUE(stop_container(*host_, "web", 0));
}

TEST_F(lifecycle, a_rm_container_vanishes_with_its_end) {
  auto wanted = options({"sleep", "1000"});
  wanted.auto_remove = true;
  wanted.volumes = {"/anonymous"};
  auto made = make(wanted);
  ASSERT_TRUE(start_container(*host_, "web"));
  auto stopped = stop_container(*host_, "web", 0);
  ASSERT_TRUE(stopped) << describe(stopped.error());
  EXPECT_EQ(find_current(*host_, "web").error().code, error_code::no_such_container);
  EXPECT_FALSE(fs::exists(bundle_directory(settings_, made.config.id)));
  EXPECT_FALSE(host_->state().find_volume(made.config.volumes[0].name));
  EXPECT_TRUE(cleanup_container(*host_, made.config.id));
}

TEST_F(lifecycle, exec_runs_a_further_process) {
  make(options({"sleep", "1000"}));
  exec_request request;
  request.command = {"sh", "-c", "echo inside; exit 5"};
  EXPECT_EQ(exec_arguments(*host_, "web", request).error().code, error_code::wrong_state);
  ASSERT_TRUE(start_container(*host_, "web"));
  auto arguments = exec_arguments(*host_, "web", request);
  ASSERT_TRUE(arguments) << describe(arguments.error());
  process_request process;
  process.arguments = *arguments;
  auto result = run_process(process);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 5);
  EXPECT_EQ(result->output, "inside\n");
}

TEST_F(lifecycle, ps_and_inspect_show_what_is_there) {
  auto wanted = options({"sleep", "1000"});
  wanted.labels = {"tier=front"};
  wanted.volumes = {"data:/data:ro"};
  auto made = make(wanted);
  make(options({"sleep", "1000"}, "idle"));
  ASSERT_TRUE(start_container(*host_, "web"));
  auto running = list_containers(*host_, false);
  ASSERT_TRUE(running);
  ASSERT_EQ(running->size(), 1u);
  EXPECT_EQ((*running)[0]["Names"], json::array({"web"}));
  EXPECT_EQ((*running)[0]["State"], "running");
  EXPECT_EQ(list_containers(*host_, true)->size(), 2u);
  EXPECT_EQ(list_containers(*host_, true, {"label=tier=front"})->size(), 1u);
  auto document = inspect_container(*host_, made.config.id.substr(0, 12));
  ASSERT_TRUE(document);
  EXPECT_EQ((*document)["State"]["Status"], "running");
  EXPECT_EQ((*document)["Config"]["Labels"], (json{{"tier", "front"}}));
  EXPECT_EQ((*document)["Mounts"][0]["Name"], "data");
  EXPECT_EQ((*document)["Mounts"][0]["RW"], false);
  EXPECT_EQ((*container_log(*host_, "web"))["path"], made.config.log_path);
}

TEST_F(lifecycle, a_busy_container_is_refused) {
  auto made = make(options({"sleep", "1000"}));
  auto lock = object_lock::acquire(settings_.run_root, "container", made.config.id);
  ASSERT_TRUE(lock);
  auto current = find_current(*host_, "web");
  ASSERT_TRUE(current);
  auto started = start_container(*host_, "web");
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, error_code::container_busy);
  EXPECT_EQ(started.error().subject, "container web");
}

TEST_F(lifecycle, a_container_of_an_image_keeps_its_changes_and_leaves_the_image_alone) {
  auto image = import_image(host_->state(), settings_, rootfs(), "tiny");
  ASSERT_TRUE(image) << describe(image.error());
  auto wanted = options({"sh", "-c", "cat /kept; echo once > /kept; exit 0"});
  wanted.rootfs.clear();
  wanted.image = "tiny";
  auto record = run(wanted);
  EXPECT_EQ(record.config.image_id, image->id);
  EXPECT_EQ(record.config.image_name, "localhost/tiny:latest");
  EXPECT_EQ(record.status.exit_code, 0);
  ASSERT_TRUE(start_container(*host_, "web"));
  ASSERT_TRUE(await_file(exit_directory(settings_) + "/" + record.config.id, -1, patience));
  EXPECT_EQ(log_of(*find_current(*host_, "web")).find("once"), log_of(record).size() - 5);
  wanted.name = "other";
  EXPECT_EQ(log_of(run(wanted)).find("once"), std::string::npos);
  wanted.name = "none";
  wanted.image = "no-such-image";
  EXPECT_EQ(create_container(*host_, wanted).error().code, error_code::no_such_image);
}

TEST_F(lifecycle, the_monitor_calls_for_a_cleanup) {
  settings_.floe = directory_ + "/floe";
  std::ofstream{settings_.floe} << "#!/bin/sh\necho \"$@\" > " << directory_ << "/called.new\n"
                                << "mv " << directory_ << "/called.new " << directory_
                                << "/called\n";
  ASSERT_EQ(::chmod(settings_.floe.c_str(), 0755), 0);
  open_host();
  auto record = run(options({"sh", "-c", "exit 0"}));
  ASSERT_TRUE(await_file(directory_ + "/called", -1, patience));
  EXPECT_EQ(*read_small_file(directory_ + "/called", 4096),
            "--root " + settings_.root + " --runroot " + settings_.run_root +
                " --runtime runc --conmon conmon container cleanup " + record.config.id + "\n");
}
