// Goal: containers, pods and volumes are seen as Podman has them, from both of its databases.
// Method: databases made here with documents as libpod writes them; those of the real Podman are in
// real_podman_test.cpp.
#include "io/podman/podman_state.hpp"
#include "io/store/sqlite.hpp"
#include "tests/io/podman/sample_database.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

using namespace floe;
using namespace floe::test;

namespace {

class podman_state_in_bolt : public testing::Test {
 protected:
  void SetUp() override {
    settings.database = scratch / "bolt_state.db";
    settings.database_backend = "boltdb";
    auto& web = tree.buckets["ctr"].buckets[web_id];
    web.values["config"] = sample_config(web_id, "web", 1).dump();
    web.values["state"] = json{{"state", 3}, {"pid", ::getpid()}}.dump();
    web.values["netns"] = "/run/netns/web";
    web.buckets["networks"].values["podman"] =
        json{{"aliases", {"shop", web_id.substr(0, 12)}}, {"interface_name", "eth0"}}.dump();
    web.buckets["dependencies"];
    add_container(database_id, "database", 2, {{"state", 2}});
  }

  bolt_tree& add_container(const std::string& id, const std::string& name, uint32_t lock,
                           const json& state) {
    auto& bucket = tree.buckets["ctr"].buckets[id];
    bucket.values["config"] = sample_config(id, name, lock).dump();
    bucket.values["state"] = state.dump();
    return bucket;
  }

  podman_state read() {
    write_file(settings.database, bolt_builder::build(tree));
    auto state = podman_state::read(settings);
    EXPECT_TRUE(state) << describe(state.error());
    return state ? *state : podman_state{};
  }

  podman_container container(const std::string& name) {
    auto found = read().find_container(name);
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *found : podman_container{};
  }

  scratch_directory scratch;
  podman_settings settings = sample_settings(scratch);
  bolt_tree tree;
};

} // namespace

TEST_F(podman_state_in_bolt, has_containers_with_their_places_and_locks) {
  const auto state = read();
  ASSERT_EQ(state.containers().size(), 2U);
  const auto& web = state.containers()[0];
  EXPECT_EQ(web.config.name, "web");
  EXPECT_EQ(web.status.state, container_state::running);
  EXPECT_EQ(web.lock_id, 1U);
  EXPECT_EQ(web.bundle, "/graph/overlay-containers/" + web_id + "/userdata");
  EXPECT_EQ(web.spec_path, web.bundle + "/config.json");
  EXPECT_EQ(web.run_directory, "/run-root/overlay-containers/" + web_id + "/userdata");
  EXPECT_EQ(web.network_namespace, "/run/netns/web");
  EXPECT_EQ(web.network_status, "null");
  EXPECT_TRUE(web.config_document["someKeyOfTheFuture"]["kept"].get<bool>());
}

TEST_F(podman_state_in_bolt, goes_by_the_places_that_the_state_names) {
  add_container(web_id, "web", 1,
                {{"state", 1}, {"configPath", "/other/config.json"}, {"runDir", "/other/run"}});
  const auto web = container("web");
  EXPECT_EQ(web.spec_path, "/other/config.json");
  EXPECT_EQ(web.run_directory, "/other/run");
}

TEST_F(podman_state_in_bolt, has_the_current_networks_without_the_short_id) {
  EXPECT_EQ(container("web").config_document["newNetworks"],
            (json{{"podman", {{"aliases", {"shop"}}, {"interface_name", "eth0"}}}}));
  EXPECT_FALSE(container("database").config_document.contains("newNetworks"));
  auto& networks = tree.buckets["ctr"].buckets[web_id].buckets["networks"];
  networks.values["podman"] =
      json{{"aliases", {web_id.substr(0, 12)}}, {"interface_name", "eth0"}}.dump();
  networks.values["second"] = web_id; // as Podman 3 wrote it
  EXPECT_EQ(
      container("web").config_document["newNetworks"],
      (json{{"podman", {{"interface_name", "eth0"}}}, {"second", {{"interface_name", "eth1"}}}}));
}

TEST_F(podman_state_in_bolt, has_no_networks_for_containers_that_are_not_bridged) {
  auto config = sample_config(web_id, "web", 1);
  config["networkMode"] = "host";
  tree.buckets["ctr"].buckets[web_id].values["config"] = config.dump();
  EXPECT_FALSE(container("web").config_document.contains("newNetworks"));
}

TEST_F(podman_state_in_bolt, has_the_network_status_as_it_stands_in_archives) {
  const json status{{"podman", {{"interfaces", {{"eth0", {{"mac_address", "0a:00"}}}}}}}};
  add_container(web_id, "web", 1, {{"state", 3}, {"pid", ::getpid()}, {"networkStatus", status}});
  EXPECT_EQ(container("web").network_status, dump_json(status));
}

TEST_F(podman_state_in_bolt, finds_containers_by_id_name_and_beginning) {
  const auto state = read();
  EXPECT_EQ(state.find_container(web_id)->config.name, "web");
  EXPECT_EQ(state.find_container("database")->config.id, database_id);
  EXPECT_EQ(state.find_container("aaaaaaaaaaaa")->config.id, web_id);
  EXPECT_EQ(state.find_container("aaaaaaaaaaa").error().code, error_code::ambiguous_name);
  EXPECT_EQ(state.find_container("other").error().code, error_code::no_such_container);
  EXPECT_EQ(state.find_container("").error().code, error_code::no_such_container);
}

TEST_F(podman_state_in_bolt, notices_that_a_process_is_gone) {
  // No process has this number: the kernel's largest is 2^22.
  add_container(web_id, "web", 1, {{"state", 3}, {"pid", 2147483647}, {"conmonPid", 2147483646}});
  write_file(settings.tmp_dir + "/exits/" + web_id, "7");
  const auto web = container("web");
  EXPECT_EQ(web.status.state, container_state::stopped);
  EXPECT_EQ(web.status.pid, 0);
  EXPECT_EQ(web.status.monitor_pid, 0);
  EXPECT_EQ(web.status.exit_code, 7);
}

TEST_F(podman_state_in_bolt, notices_that_the_host_was_booted) {
  std::filesystem::remove(settings.tmp_dir + "/alive");
  EXPECT_EQ(container("web").status.state, container_state::exited);
  EXPECT_EQ(container("web").status.pid, 0);
  EXPECT_EQ(container("web").network_namespace, "");
  EXPECT_EQ(container("database").status.state, container_state::configured);
}

TEST_F(podman_state_in_bolt, has_pods_with_their_containers) {
  auto& pod = tree.buckets["pod"].buckets[pod_id];
  pod.values["config"] = sample_pod_config().dump();
  pod.values["state"] = json{{"cgroupPath", ""}, {"InfraContainerID", infra_id}}.dump();
  pod.buckets["containers"].values = {{web_id, "web"}, {infra_id, "shop-infra"}};
  auto config = sample_config(web_id, "web", 1);
  config["pod"] = pod_id;
  config["netNsCtr"] = infra_id;
  config["ipcNsCtr"] = infra_id;
  tree.buckets["ctr"].buckets[web_id].values["config"] = config.dump();
  const auto state = read();
  const auto found = state.find_pod("shop");
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->id, pod_id);
  EXPECT_EQ(found->infra_id, infra_id);
  EXPECT_EQ(found->containers, (std::vector{web_id, infra_id}));
  EXPECT_EQ(state.find_pod("dddd")->name, "shop");
  EXPECT_EQ(state.find_pod("web").error().code, error_code::no_such_pod);
  EXPECT_EQ(state.find_container("web")->pod_id, pod_id);
  EXPECT_EQ(state.find_container("web")->joined_containers, std::vector{infra_id});
}

TEST_F(podman_state_in_bolt, has_one_thing_alone_if_it_is_asked_for) {
  tree.buckets["ctr"].buckets[database_id].values["config"] = "damaged";
  tree.buckets["name-registry"].values = {{"web", web_id}, {"of-a-pod", pod_id}};
  static_cast<void>(read());
  using enum podman_row_key::row_kind;
  const auto alone = podman_state::read(settings, podman_row_key{container, web_id});
  ASSERT_TRUE(alone) << describe(alone.error());
  EXPECT_EQ(alone->containers().size(), 1U);
  EXPECT_TRUE(alone->problems().empty());
  EXPECT_EQ(alone->find_container(web_id)->config.name, "web");
  const auto named = podman_state::read(settings, podman_row_key{named_container, "web"});
  ASSERT_TRUE(named) << describe(named.error());
  EXPECT_EQ(named->containers().size(), 1U);
  EXPECT_EQ(named->find_container("web")->config.id, web_id);
  for (const char* name : {"we", "of-a-pod", ""})
    EXPECT_TRUE(
        podman_state::read(settings, podman_row_key{named_container, name})->containers().empty())
        << name;
  const auto none = podman_state::read(settings, podman_row_key{container, infra_id});
  EXPECT_EQ(none->find_container(infra_id).error().code, error_code::no_such_container);
  const auto damaged = podman_state::read(settings, podman_row_key{container, database_id});
  EXPECT_EQ(damaged->find_container(database_id).error().code, error_code::database_damaged);
  const auto no_volume = podman_state::read(settings, podman_row_key{volume, web_id});
  EXPECT_EQ(no_volume->find_volume(web_id).error().code, error_code::no_such_volume);
}

TEST_F(podman_state_in_bolt, has_volumes) {
  tree.buckets["vol"].buckets["data"].values["config"] = sample_volume_config().dump();
  auto& other = tree.buckets["vol"].buckets["other"];
  other.values["config"] = json{{"name", "other"}, {"volumeDriver", "plugin"}}.dump();
  other.values["state"] = json{{"mountPoint", "/mnt/other"}}.dump();
  const auto state = read();
  ASSERT_EQ(state.volumes().size(), 2U);
  EXPECT_EQ(state.find_volume("data")->mount_point, "/graph/volumes/data/_data");
  EXPECT_EQ(state.find_volume("other")->driver, "plugin");
  EXPECT_EQ(state.find_volume("other")->mount_point, "/mnt/other");
  EXPECT_EQ(state.find_volume("dat").error().code, error_code::no_such_volume);
}

TEST_F(podman_state_in_bolt, has_the_others_when_one_cannot_be_understood) {
  tree.buckets["ctr"].buckets[web_id].values["config"] = "{";
  tree.buckets["vol"].buckets["../x"].values["config"] = R"({"name":"../x"})";
  const auto state = read();
  EXPECT_EQ(state.containers().size(), 1U);
  EXPECT_TRUE(state.volumes().empty());
  EXPECT_EQ(state.problems().size(), 2U);
  EXPECT_EQ(state.find_container(web_id).error().code, error_code::database_damaged);
  EXPECT_EQ(state.find_container("other").error().code, error_code::no_such_container);
  EXPECT_EQ(state.find_volume("../x").error().code, error_code::database_damaged);
}

TEST_F(podman_state_in_bolt, knows_what_cannot_be_understood_by_name_and_id) {
  tree.buckets["id-registry"].values[web_id] = "web";
  tree.buckets["ctr"].buckets[web_id].values["config"] = "{";
  tree.buckets["pod"].buckets[pod_id].values["config"] = "[]";
  const auto state = read();
  ASSERT_EQ(state.unreadable_containers().size(), 1U);
  EXPECT_EQ(state.unreadable_containers().front().name, "web");
  for (const auto& name : {std::string{"web"}, web_id.substr(0, 12), web_id}) {
    const auto found = state.find_container(name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, error_code::database_damaged) << name;
    EXPECT_NE(describe(found.error()).find("web"), std::string::npos) << describe(found.error());
  }
  EXPECT_EQ(state.find_pod(pod_id).error().code, error_code::database_damaged);
  EXPECT_EQ(state.find_pod("other").error().code, error_code::no_such_pod);
}

TEST_F(podman_state_in_bolt, refuses_documents_that_contradict_their_keys) {
  for (const auto& [key, value] : {std::pair<const char*, json>{"id", database_id},
                                   {"lockID", -1},
                                   {"lockID", "1"},
                                   {"name", "a/b"},
                                   {"shmSize", json::array()}}) {
    auto config = sample_config(web_id, "web", 1);
    config[key] = value;
    tree.buckets["ctr"].buckets[web_id].values["config"] = config.dump();
    EXPECT_EQ(read().problems().size(), 1U) << key << " " << value;
  }
}

TEST_F(podman_state_in_bolt, is_empty_where_podman_never_ran) {
  settings.database.clear();
  EXPECT_TRUE(podman_state::read(settings)->containers().empty());
  settings.database = scratch / "nowhere.db";
  EXPECT_TRUE(podman_state::read(settings)->containers().empty());
}

TEST_F(podman_state_in_bolt, is_not_there_when_the_database_is_damaged) {
  write_file(settings.database, std::string(20000, 'x'));
  EXPECT_EQ(podman_state::read(settings).error().code, error_code::database_damaged);
}

// -- SQLite ---------------------------------------------------------------------------

namespace {

class podman_state_in_sqlite : public testing::Test {
 protected:
  void SetUp() override {
    settings.database = scratch / "db.sql";
    settings.database_backend = "sqlite";
    // Half of the documents as texts, half as blobs: Podman writes blobs.
    auto config = sample_config(web_id, "web", 1);
    config["newNetworks"] = {{"podman", {{"aliases", {"aaaaaaaaaaaa"}}}}};
    config["pod"] = pod_id;
    run("CREATE TABLE DBConfig(ID INTEGER PRIMARY KEY NOT NULL, SchemaVersion INTEGER NOT NULL, "
        "OS TEXT, StaticDir TEXT, TmpDir TEXT, GraphRoot TEXT, RunRoot TEXT, GraphDriver TEXT, "
        "VolumeDir TEXT);"
        "INSERT INTO DBConfig VALUES(1, 1, 'linux', '/s', '/t', '/g', '/r', 'overlay', '/v');"
        "CREATE TABLE ContainerConfig(ID TEXT PRIMARY KEY NOT NULL, Name TEXT UNIQUE NOT NULL, "
        "PodID TEXT, JSON TEXT NOT NULL);"
        "CREATE TABLE ContainerState(ID TEXT PRIMARY KEY NOT NULL, State INTEGER NOT NULL, "
        "ExitCode INTEGER, JSON TEXT NOT NULL);"
        "CREATE TABLE PodConfig(ID TEXT PRIMARY KEY NOT NULL, Name TEXT, JSON TEXT NOT NULL);"
        "CREATE TABLE PodState(ID TEXT PRIMARY KEY NOT NULL, InfraContainerID TEXT, JSON TEXT);"
        "CREATE TABLE VolumeConfig(Name TEXT PRIMARY KEY NOT NULL, StorageID TEXT, JSON TEXT);"
        "CREATE TABLE VolumeState(Name TEXT PRIMARY KEY NOT NULL, JSON TEXT NOT NULL);"
        "INSERT INTO ContainerConfig VALUES('" +
        web_id + "', 'web', '" + pod_id + "', CAST('" + config.dump() + "' AS BLOB));" +
        "INSERT INTO ContainerState VALUES('" + web_id + "', 6, 3, " +
        R"('{"state":6,"exitCode":3,"netns":"/run/netns/web"}');)" +
        "INSERT INTO PodConfig VALUES('" + pod_id + "', 'shop', '" + sample_pod_config().dump() +
        "');" + "INSERT INTO PodState VALUES('" + pod_id + "', '" + infra_id + "', '{}');" +
        "INSERT INTO VolumeConfig VALUES('data', NULL, CAST('" + sample_volume_config().dump() +
        "' AS BLOB)); INSERT INTO VolumeState VALUES('data', '{}');");
  }

  void run(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(settings.database.c_str(), &database), SQLITE_OK);
    char* problem = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &problem), SQLITE_OK)
        << problem;
    sqlite3_close(database);
  }

  scratch_directory scratch;
  podman_settings settings = sample_settings(scratch);
};

} // namespace

TEST_F(podman_state_in_sqlite, has_the_same_things) {
  const auto state = podman_state::read(settings);
  ASSERT_TRUE(state) << describe(state.error());
  EXPECT_TRUE(state->problems().empty());
  const auto web = state->find_container("web");
  ASSERT_TRUE(web) << describe(web.error());
  EXPECT_EQ(web->status.state, container_state::exited);
  EXPECT_EQ(web->status.exit_code, 3);
  EXPECT_EQ(web->pod_id, pod_id);
  EXPECT_EQ(web->network_namespace, "/run/netns/web");
  EXPECT_EQ(web->config_document["newNetworks"], (json{{"podman", json::object()}}));
  EXPECT_EQ(state->find_pod("shop")->infra_id, infra_id);
  EXPECT_EQ(state->find_pod("shop")->containers, std::vector{web_id});
  EXPECT_EQ(state->find_volume("data")->mount_point, "/graph/volumes/data/_data");
}

TEST_F(podman_state_in_sqlite, knows_what_cannot_be_understood_by_its_name) {
  run("UPDATE ContainerConfig SET JSON = '{'");
  const auto state = podman_state::read(settings);
  ASSERT_TRUE(state) << describe(state.error());
  EXPECT_EQ(state->find_container("web").error().code, error_code::database_damaged);
  EXPECT_TRUE(state->find_pod("shop"));
}

TEST_F(podman_state_in_sqlite, has_one_thing_alone_if_it_is_asked_for) {
  using enum podman_row_key::row_kind;
  const auto web = podman_state::read(settings, podman_row_key{container, web_id});
  ASSERT_TRUE(web) << describe(web.error());
  EXPECT_EQ(web->find_container(web_id)->config.name, "web");
  EXPECT_TRUE(web->pods().empty());
  EXPECT_TRUE(web->volumes().empty());
  const auto named = podman_state::read(settings, podman_row_key{named_container, "web"});
  ASSERT_TRUE(named) << describe(named.error());
  EXPECT_EQ(named->find_container("web")->config.id, web_id);
  EXPECT_TRUE(
      podman_state::read(settings, podman_row_key{named_container, web_id})->containers().empty());
  const auto shop = podman_state::read(settings, podman_row_key{pod, pod_id});
  ASSERT_TRUE(shop) << describe(shop.error());
  EXPECT_EQ(shop->find_pod(pod_id)->infra_id, infra_id);
  EXPECT_EQ(shop->find_pod(pod_id)->containers, std::vector{web_id});
  EXPECT_TRUE(shop->containers().empty());
  const auto data = podman_state::read(settings, podman_row_key{volume, "data"});
  ASSERT_TRUE(data) << describe(data.error());
  EXPECT_EQ(data->find_volume("data")->driver, "local");
  EXPECT_EQ(podman_state::read(settings, podman_row_key{volume, "no' OR '1'='1"})
                ->find_volume("data")
                .error()
                .code,
            error_code::no_such_volume);
}

TEST_F(podman_state_in_sqlite, of_another_schema_is_unknown) {
  run("UPDATE DBConfig SET SchemaVersion = 2");
  EXPECT_EQ(podman_state::read(settings).error().code, error_code::database_unknown);
}

TEST_F(podman_state_in_sqlite, is_empty_before_podman_has_filled_it) {
  std::filesystem::remove(settings.database);
  run("CREATE TABLE other(a)");
  EXPECT_TRUE(podman_state::read(settings)->containers().empty());
}

TEST_F(podman_state_in_sqlite, says_when_it_is_damaged) {
  write_file(settings.database, std::string(20000, 'x'));
  EXPECT_EQ(podman_state::read(settings).error().code, error_code::database_damaged);
  std::filesystem::remove(settings.database);
  run("CREATE TABLE DBConfig(SchemaVersion)");
  EXPECT_EQ(podman_state::read(settings).error().code, error_code::database_damaged);
}

TEST_F(podman_state_in_sqlite, is_not_changed_by_reading) {
  const auto before = read_file(settings.database);
  ASSERT_TRUE(podman_state::read(settings));
  EXPECT_EQ(read_file(settings.database), before);
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{scratch.path()})
    ++files;
  EXPECT_EQ(files, 2U); // the database and the directory of the settings
}
