// Goal: configurations survive the way to libpod's document and back, and hostile ones are refused.
// Method: documents built by hand with one thing changed at a time.
#include "model/container.hpp"
#include "model/names.hpp"
#include "model/signal_name.hpp"

#include <gtest/gtest.h>

using namespace floe;

namespace {

const std::string id(64, 'a');

json minimal() {
  return json{{"id", id}, {"name", "web"}};
}

error refusal(const json& document) {
  auto config = container_config_from_json(document, "config.dump");
  return config ? error{error_code::none, {}, {}, {}} : config.error();
}

} // namespace

TEST(container, a_configuration_comes_back_as_it_was) {
  container_config config;
  config.id = id;
  config.name = "web";
  config.image_id = std::string(64, 'b');
  config.image_name = "localhost/busybox:latest";
  config.created = "2026-11-23T15:30:00.5Z";
  config.user = "www:www";
  config.stop_signal = 2;
  config.stop_signal_name = "SIGINT";
  config.stop_timeout = 3;
  config.labels = {{"a", "1"}, {"b", "2"}};
  config.volumes = {{"data", "/data", {"ro"}, false}, {id, "/anonymous", {}, true}};
  config.spec = {{"annotations", {{"io.podman.annotations.autoremove", "TRUE"}}}};
  config.rest = {{"lockID", 7}, {"healthcheck", nullptr}};
  config.stdin_open = true;
  auto document = to_json(config);
  auto again = container_config_from_json(document, "config.dump");
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(to_json(*again), document);
  EXPECT_EQ(again->volumes.size(), 2u);
  EXPECT_TRUE(again->volumes[1].anonymous);
  EXPECT_EQ(again->rest, config.rest);
  EXPECT_EQ(again->stop_signal_name, "SIGINT");
  EXPECT_TRUE(again->auto_remove());
}

TEST(container, absent_keys_get_defaults) {
  auto config = container_config_from_json(minimal(), "config.dump");
  ASSERT_TRUE(config) << describe(config.error());
  EXPECT_EQ(config->stop_signal, 15u);
  EXPECT_EQ(config->shm_size, 65'536'000u);
  EXPECT_FALSE(config->auto_remove());
}

TEST(container, joined_namespaces_are_dependencies_and_keep_their_keys) {
  auto document = minimal();
  document["netNsCtr"] = std::string(64, 'c');
  document["ipcNsCtr"] = std::string(64, 'c');
  document["Dependencies"] = json::array({std::string(64, 'd')});
  auto config = container_config_from_json(document, "config.dump");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->dependencies.size(), 2u);
  auto again = to_json(*config);
  EXPECT_EQ(again["netNsCtr"], std::string(64, 'c'));
  EXPECT_EQ(again["Dependencies"], json::array({std::string(64, 'd')}));
}

TEST(container, paths_of_the_writing_host_are_dropped) {
  auto document = minimal();
  document["conmonPidFile"] = "/run/elsewhere/conmon.pid";
  auto config = container_config_from_json(document, "config.dump");
  ASSERT_TRUE(config);
  EXPECT_FALSE(to_json(*config).contains("conmonPidFile"));
}

TEST(container, hostile_configurations_are_refused_by_name) {
  auto with = [](const char* key, json value) {
    auto document = minimal();
    document[key] = std::move(value);
    return document;
  };
  for (const auto& document :
       {with("id", "../../etc"), with("name", "../x"), with("name", 7), with("stopSignal", 65),
        with("stopTimeout", -1), with("createdTime", "yesterday"), with("spec", "text"),
        with("user", std::string("a\0b", 3)), with("rootfsImageID", "sha256:x"),
        with("namedVolumes", json::array({{{"volumeName", "../x"}, {"dest", "/d"}}})),
        with("namedVolumes", json::array({{{"volumeName", "x"}, {"dest", "/d/../e"}}})),
        with("namedVolumes", json::array({{{"volumeName", "x"}, {"dest", "/d"}},
                                          {{"volumeName", "y"}, {"dest", "/d"}}})),
        json::array(), json(nullptr)}) {
    EXPECT_EQ(refusal(document).code, error_code::archive_refused) << document.dump();
    EXPECT_EQ(refusal(document).subject, "config.dump");
  }
}

TEST(container, a_status_comes_back_as_it_was) {
  container_status status;
  status.state = container_state::running;
  status.pid = 42;
  status.monitor_pid = 41;
  status.started = "2026-11-23T15:30:00Z";
  status.mounted = true;
  status.mount_point = "/var/lib/floe/x";
  status.restored = true;
  status.bind_mounts = {{"/etc/hosts", "/run/x/hosts"}};
  auto again = container_status_from_json(to_json(status), "status");
  ASSERT_TRUE(again);
  EXPECT_EQ(to_json(*again), to_json(status));
  EXPECT_EQ(again->state, container_state::running);
  EXPECT_FALSE(container_status_from_json(json{{"state", 9}}, "status"));
}

TEST(container, states_are_shown_as_podman_shows_them) {
  EXPECT_EQ(to_string(container_state::configured), "created");
  EXPECT_EQ(to_string(container_state::created), "initialized");
  EXPECT_EQ(to_string(container_state::stopping), "stopping");
}

TEST(container, times_are_written_and_read_as_go_does) {
  time_point time{std::chrono::nanoseconds{1'795'447'800'500'000'000}};
  EXPECT_EQ(format_time(time), "2026-11-23T15:30:00.5Z");
  EXPECT_EQ(parse_time("2026-11-23T15:30:00.5Z"), time);
  EXPECT_EQ(parse_time("2026-11-23T16:30:00.500000000+01:00"), time);
  EXPECT_EQ(parse_time("0001-01-01T00:00:00Z"), time_point{});
  for (const auto* text : {"", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                           "2026-11-23T15:30:00", "2026-11-23T15:30:00Zx", "-026-11-23T15:30:00Z"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(names, only_what_is_harmless_in_a_path_is_a_name) {
  EXPECT_TRUE(is_name("web-1.2_x"));
  for (const auto* name : {"", ".", "..", "-x", "a/b", "a b", "a\n", "ä"})
    EXPECT_FALSE(is_name(name)) << name;
  EXPECT_TRUE(is_id(id));
  EXPECT_FALSE(is_id(std::string(64, 'A')));
  EXPECT_FALSE(is_id(std::string(63, 'a')));
}

TEST(signal_name, names_and_numbers_are_understood) {
  EXPECT_EQ(signal_from_string("SIGTERM"), 15u);
  EXPECT_EQ(signal_from_string("kill"), 9u);
  EXPECT_EQ(signal_from_string("37"), 37u);
  EXPECT_EQ(signal_from_string("SIGRTMIN+3"), 37u);
  EXPECT_EQ(signal_from_string("RTMAX-1"), 63u);
  for (const auto* text : {"", "0", "65", "SIGNOTHING", "RTMIN+99", "15x", "-1"})
    EXPECT_FALSE(signal_from_string(text)) << text;
  EXPECT_EQ(signal_name(15), "SIGTERM");
  EXPECT_EQ(signal_name(31), "SIGSYS");
  EXPECT_EQ(signal_name(40), "40");
}
