// Goal: what floe sees is what Podman says. Method: the real Podman in a scratch storage, with
// containers of busybox; everything is compared with `podman inspect`.
#include "io/podman/podman_lock.hpp"
#include "io/podman/podman_storage.hpp"
#include "io/posix/unique_fd.hpp"
#include "tests/io/podman/real_podman.hpp"
#include "tests/io/podman/walk_bolt.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <future>

using namespace floe;
using namespace floe::test;
using std::chrono::milliseconds;

namespace {

class with_podman : public testing::Test {
 protected:
  void SetUp() override {
    if (!podman.missing().empty())
      GTEST_SKIP() << podman.missing();
    auto found = find_podman({});
    ASSERT_TRUE(found) << describe(found.error());
    settings = *found;
  }

  podman_settings found_now() { return find_podman({}).value(); }

  podman_container container(const std::string& name) {
    const auto state = podman_state::read(found_now());
    EXPECT_TRUE(state) << describe(state.error());
    auto found = state->find_container(name);
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *found : podman_container{};
  }

  real_podman podman;
  podman_settings settings;
};

} // namespace

TEST_F(with_podman, settings_are_as_podman_says) {
  podman.run({"create", "--name", "web", podman.image, "sleep", "1000"});
  settings = found_now();
  const auto info =
      podman.run({"info", "--format",
                  "{{.Store.GraphRoot}} {{.Store.RunRoot}} {{.Store.GraphDriverName}} "
                  "{{.Store.VolumePath}} {{.Host.CgroupManager}} "
                  "{{.Host.OCIRuntime.Path}}"});
  EXPECT_EQ(info, settings.graph_root + " " + settings.run_root + " " + settings.graph_driver +
                      " " + settings.volume_path + " " + settings.cgroup_manager + " " +
                      settings.runtime_program(settings.runtime));
  EXPECT_FALSE(settings.database.empty());
}

TEST_F(with_podman, containers_are_as_podman_says) {
  podman.run({"run", "--detach", "--name", "web", "--network", "none", "--volume", "data:/data",
              "--label", "role=front", podman.image, "sleep", "1000"});
  podman.run({"create", "--name", "waiting", "--network", "none", podman.image, "true"});
  auto web = container("web");
  EXPECT_EQ(podman.run({"inspect", "--format",
                        "{{.Id}} {{.State.Status}} {{.State.Pid}} {{.State.ConmonPid}} "
                        "{{.OCIConfigPath}} {{.StaticDir}}",
                        "web"}),
            web.config.id + " running " + std::to_string(web.status.pid) + " " +
                std::to_string(web.status.monitor_pid) + " " + web.spec_path + " " + web.bundle);
  EXPECT_EQ(web.config.labels.front().second, "front");
  EXPECT_EQ(web.config.volumes.at(0).name, "data");
  EXPECT_TRUE(std::filesystem::is_directory(web.run_directory));
  EXPECT_EQ(web.network_status, "null");
  EXPECT_EQ(container("waiting").status.state, container_state::configured);
  const auto state = podman_state::read(found_now());
  EXPECT_TRUE(state->problems().empty());
  EXPECT_EQ(podman.run({"volume", "inspect", "--format", "{{.Mountpoint}}", "data"}),
            state->find_volume("data")->mount_point);
  podman.run({"stop", "--time", "0", "web"});
  EXPECT_EQ(container("web").status.state, container_state::exited);
  EXPECT_EQ(container("web").status.exit_code, 137);
}

TEST_F(with_podman, pods_have_their_containers) {
  podman.run({"pod", "create", "--name", "shop", "--infra-image", podman.image, "--infra-command",
              "/bin/sleep 1000", "--network", "none"});
  podman.run({"run", "--detach", "--pod", "shop", "--name", "web", podman.image, "sleep", "1000"});
  const auto state = podman_state::read(found_now());
  ASSERT_TRUE(state);
  const auto pod = state->find_pod("shop");
  ASSERT_TRUE(pod) << describe(pod.error());
  EXPECT_EQ(podman.run({"pod", "inspect", "--format", "{{.ID}} {{.InfraContainerID}}", "shop"}),
            pod->id + " " + pod->infra_id);
  EXPECT_EQ(pod->containers.size(), 2U);
  const auto web = state->find_container("web");
  EXPECT_EQ(web->pod_id, pod->id);
  EXPECT_EQ(web->joined_containers, std::vector{pod->infra_id});
}

TEST_F(with_podman, layers_are_the_ones_that_podman_mounts) {
  podman.run({"create", "--name", "web", "--network", "none", podman.image, "true"});
  const auto layers = podman_container_layers(found_now(), container("web").config.id);
  ASSERT_TRUE(layers) << describe(layers.error());
  EXPECT_EQ(podman.run({"inspect", "--format",
                        "{{.GraphDriver.Data.UpperDir}} {{.GraphDriver.Data.LowerDir}}", "web"}),
            layers->upper + " " + layers->lowers.at(0));
  EXPECT_EQ(podman.run({"mount", "web"}), layers->merged);
  podman.run({"umount", "web"});
}

TEST_F(with_podman, commands_wait_while_floe_holds_a_lock) {
  podman.run(
      {"run", "--detach", "--name", "web", "--network", "none", podman.image, "sleep", "1000"});
  auto lock = podman_lock::acquire(found_now(), container("web"), milliseconds{5000});
  ASSERT_TRUE(lock) << describe(lock.error());
  std::optional<podman_lock> held{std::move(*lock)};
  auto inspected = std::async(std::launch::async, [&] {
    return podman.run({"inspect", "--format", "{{.State.Status}}", "web"});
  });
  auto stopped = std::async(std::launch::async, [&] {
    return podman.run({"stop", "--time", "0", "web"});
  });
  EXPECT_EQ(inspected.wait_for(milliseconds{1500}), std::future_status::timeout);
  EXPECT_EQ(stopped.wait_for(milliseconds{0}), std::future_status::timeout);
  EXPECT_EQ(container("web").status.state, container_state::running);
  held.reset();
  EXPECT_NE(inspected.get(), "");
  stopped.get();
  EXPECT_EQ(container("web").status.state, container_state::exited);
}

TEST_F(with_podman, a_container_that_podman_works_on_is_busy) {
  podman.run({"create", "--name", "web", "--network", "none", podman.image, "true"});
  const auto web = container("web");
  // An export into a pipe that nobody reads keeps the lock.
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  unique_fd reader{ends[0]};
  unique_fd writer{ends[1]};
  auto request = podman.request({"export", "web"});
  request.output = process_stream::descriptor(writer.get());
  auto exporting = child_process::start(request);
  ASSERT_TRUE(exporting) << describe(exporting.error());
  writer.reset();
  char first = 0;
  ASSERT_EQ(::read(reader.get(), &first, 1), 1);
  EXPECT_EQ(podman_lock::acquire(found_now(), web, milliseconds{200}).error().code,
            error_code::container_busy);
  std::string rest(size_t{64} << 10, '\0');
  while (::read(reader.get(), rest.data(), rest.size()) > 0) {
  }
  static_cast<void>(exporting->wait({std::chrono::minutes{1}}));
  EXPECT_TRUE(podman_lock::acquire(found_now(), web, milliseconds{5000}));
}

TEST_F(with_podman, a_damaged_database_only_causes_errors) {
  podman.run({"create", "--name", "web", "--network", "none", podman.image, "true"});
  settings = found_now();
  if (settings.database_backend != "boltdb")
    GTEST_SKIP() << "this Podman has its state in SQLite";
  const auto good = read_file(settings.database);
  ASSERT_TRUE(count_entries(good));
  std::mt19937 random{20221109};
  settings.database = podman.directory() + "/damaged.db";
  size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const auto file = damage(good, random);
    const auto counted = count_entries(file);
    refused += counted ? 0 : 1;
    ASSERT_TRUE(counted || counted.error().code == error_code::database_damaged ||
                counted.error().code == error_code::database_unknown);
    if (round % 10 != 0)
      continue;
    write_file(settings.database, file);
    const auto state = podman_state::read(settings);
    ASSERT_TRUE(state || state.error().code == error_code::database_damaged ||
                state.error().code == error_code::database_unknown);
  }
  EXPECT_GT(refused, 100U);
}
