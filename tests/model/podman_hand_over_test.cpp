// Goal: what floe tells Podman of a container keeps everything that Podman's own import loses
// (behaviours.md section 23), and asks nothing of this host that a stranger may not.
// Method: documents as Podman 4.3.1 writes them, cut down, with one property each; and damaged ones
// from a fixed seed, which must give an error or documents, never anything else.
#include "model/podman_hand_over.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

namespace floe {

namespace {

using testing::HasSubstr;

const std::string old_id(64, 'a');
const std::string new_id(64, 'b');

json some_config() {
  return {{"id", old_id},
          {"name", "web"},
          {"Dependencies", nullptr},
          {"rootfsImageID", std::string(64, '1')},
          {"rootfsImageName", "localhost/web:latest"},
          {"mounts", {"/far/graph/overlay-containers/" + old_id + "/userdata/shm"}},
          {"staticDir", "/far/graph/overlay-containers/" + old_id + "/userdata"},
          {"namedVolumes", json::array({{{"volumeName", "data"}, {"dest", "/data"}}})},
          {"createNetNS", true},
          {"newNetworks",
           {{"net",
             {{"static_ips", {"10.1.2.3"}},
              {"static_mac", "02:00:00:00:00:01"},
              {"interface_name", "eth0"}}}}},
          {"networkMode", "bridge"},
          {"createdTime", "2026-11-25T18:18:46.8Z"},
          {"cgroupParent", "/libpod_parent"},
          {"conmonPidFile", "/run/far/conmon.pid"},
          {"pid_file", "/run/far/pidfile"},
          {"runtime", "runc"}};
}

json bind_mount(const std::string& destination, const std::string& source) {
  return {{"destination", destination},
          {"type", "bind"},
          {"source", source},
          {"options", {"bind", "rprivate"}}};
}

json some_spec(json more_mounts = json::array()) {
  json mounts = json::array({{{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}},
                             bind_mount("/data", "/far/graph/volumes/data/_data")});
  for (auto& mount : more_mounts)
    mounts.push_back(mount);
  return {{"ociVersion", "1.0.2"},
          {"root", {{"path", "/far/merged"}}},
          {"mounts", mounts},
          {"linux",
           {{"namespaces", json::array({{{"type", "network"}, {"path", "/run/netns/far"}},
                                        {{"type", "ipc"}}})}}}};
}

json some_status() {
  return {{"net",
           {{"interfaces",
             {{"eth0",
               {{"subnets", json::array({{{"ipnet", "10.1.2.3/24"}, {"gateway", "10.1.2.1"}}})},
                {"mac_address", "02:00:00:00:00:01"}}}}}}}};
}

podman_place some_place() {
  podman_place place;
  place.id = old_id;
  place.name = "web";
  place.image_id = std::string(64, '2');
  place.image_name = "localhost/web:latest";
  place.runtime = "runc";
  place.volumes = {{"data", "/here/volumes/data/_data"}};
  return place;
}

hand_over_documents handed(const podman_place& place, json config = some_config()) {
  auto made = make_hand_over({std::move(config), some_spec(), some_status()}, place);
  EXPECT_TRUE(made) << describe(made.error());
  return made ? *made : hand_over_documents{};
}

archived_container archived(const json& config, const json& spec = some_spec()) {
  auto parsed = parse_documents(config.dump(), spec.dump(), "x.tar");
  EXPECT_TRUE(parsed) << describe(parsed.error());
  return parsed ? *parsed : archived_container{};
}

const json& eth0(const hand_over_documents& documents) {
  return documents.network_status["net"]["interfaces"]["eth0"];
}

TEST(podman_hand_over, names_the_container_its_image_and_its_runtime_as_they_are_here) {
  auto place = some_place();
  place.id = new_id;
  place.name = "web2";
  place.runtime = "/opt/runc";
  const auto config = handed(place).config;
  EXPECT_EQ(config["id"], new_id);
  EXPECT_EQ(config["name"], "web2");
  EXPECT_EQ(config["rootfsImageID"], place.image_id);
  EXPECT_EQ(config["rootfsImageName"], place.image_name);
  EXPECT_EQ(config["runtime"], "/opt/runc");
}

TEST(podman_hand_over, names_no_files_of_the_host_it_comes_from) {
  const auto config = handed(some_place()).config;
  for (const char* key : {"mounts", "staticDir", "logPath"})
    EXPECT_FALSE(config.contains(key)) << key;
  for (const char* key : {"conmonPidFile", "pid_file", "cgroupParent"})
    EXPECT_EQ(config[key], "") << key;
}

TEST(podman_hand_over, keeps_what_the_user_wanted_of_the_host_only_with_trust) {
  auto config = some_config();
  config["cgroupParent"] = "/tenants/shop";
  config["pid_file"] = "/run/shop.pid";
  config["conmonPidFile"] = "/far/run/overlay-containers/" + old_id + "/userdata/conmon.pid";
  EXPECT_EQ(lost_wishes(config),
            (std::vector<std::string>{"pid_file /run/shop.pid", "cgroupParent /tenants/shop"}));
  EXPECT_EQ(
      lost_wishes(some_config()),
      (std::vector<std::string>{"conmonPidFile /run/far/conmon.pid", "pid_file /run/far/pidfile"}));
  auto place = some_place();
  place.trust = true;
  const auto trusted = make_hand_over({config, some_spec(), nullptr}, place);
  ASSERT_TRUE(trusted) << describe(trusted.error());
  EXPECT_EQ(trusted->config["cgroupParent"], "/tenants/shop");
  EXPECT_EQ(trusted->config["pid_file"], "/run/shop.pid");
  EXPECT_EQ(trusted->config["conmonPidFile"], "");
  config["pod"] = old_id; // whose cgroup it is in
  EXPECT_TRUE(lost_wishes(config).empty());
}

TEST(podman_hand_over, leaves_all_other_keys_as_they_are) {
  auto config = some_config();
  config["a key of tomorrow"] = {1, 2};
  EXPECT_EQ(handed(some_place(), config).config["a key of tomorrow"], json({1, 2}));
}

TEST(podman_hand_over, puts_volumes_where_they_are_on_this_host) {
  const auto documents = handed(some_place());
  EXPECT_EQ(documents.spec["mounts"][1]["source"], "/here/volumes/data/_data");
}

TEST(podman_hand_over, hands_over_no_place_of_the_host_that_the_archive_names) {
  for (const auto* place : {"/dev/shm", "/etc/resolv.conf", "/etc/hostname", "/etc/hosts",
                            "/run/.containerenv", "/run/secrets"}) {
    const auto spec = some_spec(json::array({bind_mount(place, "/")}));
    const auto made = make_hand_over({some_config(), spec, some_status()}, some_place());
    ASSERT_TRUE(made);
    EXPECT_EQ(made->spec.dump().find(R"("source":"/")"), std::string::npos) << place;
    EXPECT_EQ(made->spec["mounts"].size(), 2U) << place;
  }
  // As what the user asked for, with trust.
  auto trusting = some_place();
  trusting.trust = true;
  const auto spec = some_spec(json::array({bind_mount("/etc/hosts", "/my/hosts")}));
  const auto made = make_hand_over({some_config(), spec, some_status()}, trusting);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->spec["mounts"][2]["source"], "/my/hosts");
}

TEST(podman_hand_over, puts_a_volume_into_its_place_whatever_its_mount_is_called) {
  auto spec = some_spec();
  spec["mounts"][1] = {
      {"destination", "/data"}, {"type", "none"}, {"source", "/"}, {"options", {"rbind"}}};
  const auto made = make_hand_over({some_config(), spec, some_status()}, some_place());
  ASSERT_TRUE(made);
  EXPECT_EQ(made->spec["mounts"][1]["source"], "/here/volumes/data/_data");
  EXPECT_EQ(made->spec["mounts"][1]["type"], "bind");
  auto nowhere = some_place();
  nowhere.volumes = {{"data", ""}};
  EXPECT_FALSE(make_hand_over({some_config(), spec, some_status()}, nowhere));
}

TEST(podman_hand_over, refuses_a_volume_that_has_no_place) {
  auto place = some_place();
  place.volumes.clear();
  const auto made = make_hand_over({some_config(), some_spec(), some_status()}, place);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, error_code::archive_refused);
}

TEST(podman_hand_over, asks_for_the_same_addresses_without_options) {
  const auto documents = handed(some_place());
  EXPECT_EQ(eth0(documents)["mac_address"], "02:00:00:00:00:01");
  EXPECT_EQ(eth0(documents)["subnets"][0]["ipnet"], "10.1.2.3/24");
  EXPECT_EQ(documents.config["newNetworks"]["net"]["static_mac"], "02:00:00:00:00:01");
}

TEST(podman_hand_over, keeps_the_mac_when_only_the_address_is_ignored) {
  auto place = some_place();
  place.ignore_static_ip = true;
  const auto documents = handed(place);
  EXPECT_EQ(eth0(documents)["mac_address"], "02:00:00:00:00:01");
  EXPECT_FALSE(eth0(documents).contains("subnets"));
  EXPECT_FALSE(documents.config["newNetworks"]["net"].contains("static_ips"));
  EXPECT_TRUE(documents.config["newNetworks"]["net"].contains("static_mac"));
}

TEST(podman_hand_over, keeps_the_address_when_only_the_mac_is_ignored) {
  auto place = some_place();
  place.ignore_static_mac = true;
  const auto documents = handed(place);
  EXPECT_FALSE(eth0(documents).contains("mac_address"));
  EXPECT_EQ(eth0(documents)["subnets"][0]["ipnet"], "10.1.2.3/24");
  EXPECT_TRUE(documents.config["newNetworks"]["net"].contains("static_ips"));
  EXPECT_FALSE(documents.config["newNetworks"]["net"].contains("static_mac"));
}

TEST(podman_hand_over, asks_for_no_addresses_for_another_container_of_the_same_archive) {
  auto place = some_place();
  place.is_another = true;
  EXPECT_TRUE(handed(place).network_status.is_null());
}

TEST(podman_hand_over, joins_no_network_namespace_by_path_unless_trusted) {
  auto config = some_config();
  config["createNetNS"] = false;
  auto place = some_place();
  EXPECT_FALSE(handed(place, config).spec["linux"]["namespaces"][0].contains("path"));
  place.trust = true;
  EXPECT_TRUE(handed(place, config).spec["linux"]["namespaces"][0].contains("path"));
}

TEST(podman_hand_over, drops_mounts_that_podman_makes_anew) {
  auto config = some_config();
  config["timezone"] = "Europe/Berlin";
  config["secrets"] =
      json::array({json{{"name", "key"}}, json{{"name", "k2"}, {"Target", "/etc/k2"}}});
  const auto own = "/run/far/overlay-containers/" + old_id + "/userdata/";
  const auto spec = without_engine_mounts(
      some_spec(json::array(
          {bind_mount("/etc/localtime", "/far/localtime"),
           bind_mount("/run/secrets/key", "/far/key"), bind_mount("/etc/k2", "/far/k2"),
           bind_mount("/etc/passwd", own + "passwd"), bind_mount("/mine", "/srv/mine")})),
      config);
  ASSERT_EQ(spec["mounts"].size(), 3u);
  EXPECT_EQ(spec["mounts"][0]["destination"], "/proc");
  EXPECT_EQ(spec["mounts"][1]["destination"], "/data");
  EXPECT_EQ(spec["mounts"][2]["destination"], "/mine");
}

TEST(podman_hand_over, lets_podman_name_the_namespaces_of_the_new_pod) {
  auto config = some_config();
  config["pod"] = std::string(64, 'd');
  config["netNsCtr"] = std::string(64, 'e');
  const auto spec = without_engine_mounts(some_spec(), config);
  EXPECT_FALSE(spec["linux"]["namespaces"][0].contains("path"));
}

TEST(podman_restorability, is_refused_in_podmans_words) {
  const auto cause = [](json config, bool into_pod) {
    const auto checked = check_for_podman(archived(config), config, into_pod, "x.tar");
    return checked ? std::string{} : checked.error().cause;
  };
  auto config = some_config();
  EXPECT_EQ(cause(config, false), "");
  EXPECT_EQ(cause(config, true), "cannot restore non pod container into pod");
  config["pod"] = std::string(64, 'd');
  EXPECT_EQ(cause(config, false), "cannot restore pod container without --pod");
  EXPECT_EQ(cause(config, true), "");
  config = some_config();
  config["Dependencies"] = {std::string(64, 'd')};
  EXPECT_EQ(cause(config, false), "cannot import checkpoints of containers with dependencies");
  config = some_config();
  config.erase("rootfsImageID");
  config.erase("rootfsImageName");
  config["rootfs"] = "/srv/root";
  EXPECT_THAT(cause(config, false), HasSubstr("--rootfs"));
  config = some_config();
  config["ipcNsCtr"] = std::string(64, 'd');
  EXPECT_THAT(cause(config, false), HasSubstr("IPC namespace belongs to another container"));
}

TEST(podman_pod, has_to_share_what_the_container_used) {
  auto config = some_config();
  config["netNsCtr"] = std::string(64, 'e');
  config["ipcNsCtr"] = std::string(64, 'e');
  EXPECT_TRUE(check_pod(config, {{"SharedNamespaces", {"ipc", "net", "uts"}}}, "p"));
  const auto without = check_pod(config, {{"SharedNamespaces", {"ipc"}}}, "p");
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().cause, "pod p does not share the network namespace");
  EXPECT_FALSE(check_pod(config, json::object(), "p"));
}

TEST(podman_policy, refuses_what_a_configuration_takes_of_the_host) {
  EXPECT_TRUE(check_podman_policy(some_config(), "x.tar"));
  const std::vector<std::pair<const char*, json>> cases{
      {"overlayVolumes", json::array({{{"source", "/etc"}, {"dest", "/x"}}})},
      {"device_host_src", json::array({{{"path", "/dev/sda"}}})},
      {"secrets", json::array({{{"name", "key"}}})},
      {"secret_env", {{"A", {{"name", "key"}}}}},
      {"sdnotifySocket", "/run/systemd/notify"},
      {"mountAllDevices", true},
      {"networkMode", "ns:/proc/1/ns/net"},
  };
  for (const auto& [key, value] : cases) {
    auto config = some_config();
    config[key] = value;
    const auto checked = check_podman_policy(config, "x.tar");
    ASSERT_FALSE(checked) << key;
    EXPECT_EQ(checked.error().code, error_code::archive_refused) << key;
  }
}

/// Puts something of another type somewhere into a document.
void damage(json& document, std::mt19937& random) {
  json* at = &document;
  while (at->is_structured() && !at->empty() && random() % 4 != 0) {
    auto next = at->begin();
    std::advance(next, random() % at->size());
    at = &*next;
  }
  const std::array<json, 6> others{nullptr, 7, "text", json::array({1}), json::object(), true};
  *at = others[random() % others.size()];
}

TEST(podman_hand_over, survives_damaged_documents) {
  std::mt19937 random{20'260'131};
  size_t handed_over = 0;
  for (int round = 0; round < 3'000; ++round) {
    hand_over_documents documents{some_config(), some_spec(), some_status()};
    for (auto* each : {&documents.config, &documents.spec, &documents.network_status})
      if (random() % 2 == 0)
        damage(*each, random);
    auto place = some_place();
    place.ignore_static_ip = round % 2 == 0;
    place.ignore_static_mac = round % 3 == 0;
    // As a session does it: what is no specification or configuration never gets further.
    const auto parsed = parse_documents(documents.config.dump(), documents.spec.dump(), "x.tar");
    if (!parsed)
      continue;
    static_cast<void>(check_for_podman(*parsed, documents.config, false, "x.tar"));
    static_cast<void>(check_podman_policy(documents.config, "x.tar"));
    static_cast<void>(check_pod(documents.config, documents.network_status, "p"));
    documents.spec = without_engine_mounts(std::move(documents.spec), documents.config);
    const auto made = make_hand_over(std::move(documents), place);
    handed_over += made ? 1 : 0;
  }
  EXPECT_GT(handed_over, 100u);
}

} // namespace

} // namespace floe
