// Goal: the monitor is told everything it has to know, and a dumped container comes back through
// it. Method: its command line as text; the real runc, conmon and CRIU, as root.
#include "io/container/lifecycle.hpp"
#include "io/container/monitor.hpp"
#include "io/container/runc_runtime.hpp"
#include "tests/support/container_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace floe;

namespace {

class fake_runtime final : public oci_runtime {
 public:
  const std::string& name() const override { return name_; }
  const std::string& path() const override { return path_; }
  expected<void> start(const std::string&) override { return {}; }
  expected<void> kill(const std::string&, int, bool) override { return {}; }
  expected<void> remove(const std::string&, bool) override { return {}; }
  expected<void> pause(const std::string&) override { return {}; }
  expected<void> resume(const std::string&) override { return {}; }
  expected<runtime_state> state(const std::string&) override { return runtime_state{}; }
  expected<void> checkpoint(const dump_request&, std::chrono::milliseconds,
                            const std::stop_token&) override {
    return {};
  }
  expected<void> supports_checkpoint() override { return {}; }
  std::vector<std::string> exec_command(const std::string&, bool, bool, const std::string&,
                                        const std::string&, const std::vector<std::string>&,
                                        const std::vector<std::string>&) const override {
    return {};
  }

 private:
  std::string name_ = "runc";
  std::string path_ = "/usr/sbin/runc";
};

/// The word behind another one.
std::string behind(const std::vector<std::string>& words, const std::string& option) {
  auto found = std::ranges::find(words, option);
  return found == words.end() || found + 1 == words.end() ? std::string{} : *(found + 1);
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

} // namespace

TEST(monitor, its_command_line_names_places_and_the_way_back) {
  host_settings settings;
  settings.root = "/r";
  settings.run_root = "/rr";
  settings.floe = "/usr/bin/floe";
  settings.criu = "/opt/criu";
  container_config config;
  config.id = std::string(64, 'a');
  config.name = "web";
  config.stdin_open = true;
  auto words = monitor_arguments("/usr/bin/conmon", fake_runtime{}, settings, config, {});
  EXPECT_EQ(behind(words, "-c"), config.id);
  EXPECT_EQ(behind(words, "-r"), "/usr/sbin/runc");
  EXPECT_EQ(behind(words, "-b"), "/r/containers/" + config.id);
  EXPECT_EQ(behind(words, "-l"), "k8s-file:/r/containers/" + config.id + "/ctr.log");
  EXPECT_EQ(behind(words, "--exit-dir"), "/rr/exits");
  EXPECT_TRUE(has(words, "--runtime-arg=/rr/runtime/runc"));
  EXPECT_TRUE(has(words, "-i"));
  EXPECT_EQ(behind(words, "--exit-command"), "/usr/bin/floe");
  EXPECT_TRUE(has(words, "--exit-command-arg=cleanup"));
  EXPECT_TRUE(has(words, "--exit-command-arg=/opt/criu"));
  EXPECT_EQ(words.back(), "--exit-command-arg=" + config.id);
  EXPECT_FALSE(has(words, "--restore"));
}

TEST(monitor, a_restore_adds_its_options) {
  container_config config;
  config.id = std::string(64, 'a');
  config.spec = {{"process", {{"terminal", true}}}};
  config.log_driver = "none";
  monitor_request request{"/bundle/checkpoint", true, true};
  auto words = monitor_arguments("conmon", fake_runtime{}, {}, config, request);
  EXPECT_EQ(behind(words, "--restore"), "/bundle/checkpoint");
  EXPECT_TRUE(has(words, "--runtime-opt=--tcp-established"));
  EXPECT_TRUE(has(words, "--runtime-opt=--file-locks"));
  EXPECT_TRUE(has(words, "-t"));
  EXPECT_EQ(behind(words, "-l"), "none");
  EXPECT_FALSE(has(words, "--exit-command"));
}

class monitored : public container_fixture {};

TEST_F(monitored, a_missing_monitor_is_named) {
  settings_.monitor = "no-such-monitor";
  open_host();
  make(options({"sleep", "1000"}));
  EXPECT_EQ(start_container(*host_, "web").error().code, error_code::monitor_missing);
}

TEST_F(monitored, a_dumped_container_comes_back) {
  auto criu = host_->criu();
  if (!criu)
    GTEST_SKIP() << describe(criu.error());
  process_request check;
  check.arguments = {criu->path, "check"};
  if (auto checked = run_process(check); !checked || !checked->succeeded())
    GTEST_SKIP() << "CRIU does not work here";
  auto record =
      make(options({"sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done"}));
  auto started = start_container(*host_, "web");
  ASSERT_TRUE(started) << describe(started.error());
  auto bundle = bundle_directory(settings_, record.config.id);
  auto runtime = host_->runtime("runc");
  ASSERT_TRUE(runtime);
  ASSERT_TRUE((*runtime)->supports_checkpoint());
  dump_request dump;
  dump.id = record.config.id;
  dump.image_path = bundle + "/checkpoint";
  dump.work_path = bundle;
  auto dumped = (*runtime)->checkpoint(dump, patience, {});
  ASSERT_TRUE(dumped) << describe(dumped.error());
  ASSERT_TRUE(await_end(*started, patience));
  ASSERT_TRUE(await_file(exit_directory(settings_) + "/" + record.config.id, -1, patience));
  monitor_request request;
  request.restore_from = bundle + "/checkpoint";
  auto restored = start_monitor(*host_, record.config, request);
  ASSERT_TRUE(restored) << describe(restored.error());
  EXPECT_GT(restored->pid, 0);
  EXPECT_GT(restored->monitor_pid, 0);
  started->status.pid = restored->pid;
  started->status.monitor_pid = restored->monitor_pid;
  ASSERT_TRUE(host_->state().update_status(record.config.id, started->status));
  EXPECT_EQ(find_current(*host_, "web")->status.state, container_state::running);
  EXPECT_EQ(stop_container(*host_, "web", 0)->status.exit_code, 137);
}

TEST_F(monitored, a_failed_dump_says_what_criu_said_and_leaves_it_running) {
  auto criu = host_->criu();
  if (!criu)
    GTEST_SKIP() << describe(criu.error());
  make(options({"sleep", "1000"}));
  auto started = start_container(*host_, "web");
  ASSERT_TRUE(started);
  auto bundle = bundle_directory(settings_, started->config.id);
  ASSERT_EQ(::setenv("CRIU_FAULT", "1", 1), 0);
  auto dumped = (*host_->runtime("runc"))
                    ->checkpoint({started->config.id, bundle + "/checkpoint", bundle, "", true,
                                  false, false, false},
                                 patience, {});
  ::unsetenv("CRIU_FAULT");
  ASSERT_FALSE(dumped);
  EXPECT_EQ(dumped.error().code, error_code::dump_failed);
  EXPECT_EQ(dumped.error().advice, "see " + bundle + "/dump.log");
  EXPECT_EQ(find_current(*host_, "web")->status.state, container_state::running);
}
