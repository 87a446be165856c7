// Goal: the documents of an archive are what stock Podman accepts, and those of strangers are taken
// apart without harm.
// Method: a container's configuration against the keys that podman 4.3.1 was found to need
// (behaviours.md section 1.9), and small documents with one fault each.
#include "model/checkpoint_documents.hpp"

#include <gtest/gtest.h>

namespace floe {

namespace {

container_config some_config() {
  container_config config;
  config.id = std::string(64, 'a');
  config.name = "web";
  config.image_id = std::string(64, 'b');
  config.image_name = "localhost/web:latest";
  config.runtime = "/usr/sbin/runc";
  config.created = "2026-01-31T23:59:59.5Z";
  config.network_mode = "none";
  config.volumes.push_back({"data", "/data", {"rw", "rbind"}, false});
  config.rest["conmonPidFile"] = "/run/floe/conmon.pid";
  config.rest["pid_file"] = "/run/floe/pid";
  config.rest["cgroupParent"] = "/floe";
  config.rest["umask"] = "0027";
  return config;
}

json some_spec() {
  return {{"ociVersion", "1.0.2"},
          {"root", {{"path", "/merged"}}},
          {"mounts", json::array({{{"destination", "/proc"}, {"type", "proc"}},
                                  {{"destination", "/data"},
                                   {"type", "bind"},
                                   {"source", "/var/lib/floe/volumes/data/_data"}}})}};
}

json parsed(const std::string& text) {
  return json::parse(text);
}

expected<archived_container> parse(const json& config, const json& spec) {
  return parse_documents(config.dump(), spec.dump(), "archive x.tar");
}

archived_container archived(const json& more = json::object()) {
  auto document = parsed(make_config_dump(some_config()));
  document.update(more);
  auto read = parse(document, some_spec());
  return read ? *read : archived_container{};
}

TEST(checkpoint_documents, names_no_files_of_this_host_that_podman_would_write_to) {
  const auto document = parsed(make_config_dump(some_config()));
  EXPECT_FALSE(document.contains("conmonPidFile"));
  EXPECT_FALSE(document.contains("pid_file"));
  EXPECT_EQ(document["cgroupParent"], "");
}

TEST(checkpoint_documents, holds_every_key_that_podman_needs) {
  const auto document = parsed(make_config_dump(some_config()));
  EXPECT_EQ(document["id"], std::string(64, 'a'));
  EXPECT_EQ(document["name"], "web");
  EXPECT_EQ(document["rootfsImageID"], std::string(64, 'b'));
  EXPECT_EQ(document["rootfsImageName"], "localhost/web:latest");
  EXPECT_EQ(document["runtime"], "runc");
  EXPECT_EQ(document["createNetNS"], false);
  EXPECT_EQ(document["namedVolumes"][0]["volumeName"], "data");
  EXPECT_EQ(document["namedVolumes"][0]["dest"], "/data");
  EXPECT_EQ(document["idMappingsOptions"]["HostUIDMapping"], true);
  EXPECT_FALSE(document.contains("networkMode"));
}

TEST(checkpoint_documents, keeps_what_it_does_not_know) {
  EXPECT_EQ(parsed(make_config_dump(some_config()))["umask"], "0027");
}

TEST(checkpoint_documents, states_a_user_that_only_the_specification_has) {
  auto config = some_config();
  config.spec["process"]["user"] = {{"uid", 1000u}, {"gid", 100u}};
  EXPECT_EQ(parsed(make_config_dump(config))["user"], "1000:100");
  config.user = "www";
  EXPECT_EQ(parsed(make_config_dump(config))["user"], "www");
}

TEST(checkpoint_documents, puts_volumes_where_podman_will_have_them) {
  const auto spec = parsed(make_spec_dump(some_spec(), some_config(), "/storage/volumes"));
  EXPECT_EQ(spec["mounts"][1]["source"], "/storage/volumes/data/_data");
  EXPECT_EQ(spec["mounts"][0], some_spec()["mounts"][0]);
}

TEST(checkpoint_documents, says_whose_archive_it_is) {
  EXPECT_EQ(parsed(make_spec_dump(some_spec(), some_config()))["annotations"],
            (json{{"io.container.manager", "libpod"}}));
}

TEST(checkpoint_documents, finds_the_volumes_of_the_podman_with_an_image) {
  EXPECT_EQ(volume_root_beside("/srv/storage/overlay/0123/diff"), "/srv/storage/volumes");
  EXPECT_EQ(volume_root_beside("/var/lib/floe/layers/0123"), podman_volume_root);
  EXPECT_EQ(volume_root_beside("/overlay/0123/diff"), podman_volume_root);
  EXPECT_EQ(volume_root_beside(""), podman_volume_root);
}

TEST(checkpoint_documents, reads_back_what_it_wrote) {
  const auto read = archived();
  EXPECT_EQ(read.config.name, "web");
  EXPECT_EQ(read.config.volumes.at(0).destination, "/data");
  EXPECT_TRUE(check_restorable(read, "archive x.tar"));
}

TEST(checkpoint_documents, refuses_specifications_that_are_none) {
  const auto config = parsed(make_config_dump(some_config()));
  const auto with = [](const char* key, json value) {
    auto spec = some_spec();
    spec[key] = std::move(value);
    return spec;
  };
  const std::vector<json> bad{
      json::array(),
      json::object(),
      with("root", "/"),
      with("root", {{"path", "/"}, {"readonly", "yes"}}),
      with("mounts", json::object()),
      with("mounts", json::array({"x"})),
      with("mounts", json::array({json::object()})),
      with("mounts", json::array({{{"destination", "/a"}, {"type", 1}}})),
      with("mounts", json::array({{{"destination", "/a"}, {"options", {1}}}})),
      with("annotations", 1),
      with("linux", json::array()),
      with("linux", {{"namespaces", json::array({{{"type", 1}}})}}),
      with("linux", {{"namespaces", json::array({{{"type", "pid"}, {"path", 1}}})}})};
  for (const auto& spec : bad) {
    const auto read = parse(config, spec);
    ASSERT_FALSE(read) << spec;
    EXPECT_EQ(read.error().code, error_code::archive_refused);
    EXPECT_EQ(read.error().subject, "archive x.tar: spec.dump");
  }
}

TEST(checkpoint_documents, refuses_a_configuration_without_an_id) {
  auto config = parsed(make_config_dump(some_config()));
  config["id"] = "../x";
  EXPECT_FALSE(parse(config, some_spec()));
}

TEST(checkpoint_documents, refuses_pods_in_podmans_words) {
  const auto checked = check_restorable(archived({{"pod", std::string(64, 'c')}}), "archive x");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, error_code::archive_incompatible);
  EXPECT_EQ(checked.error().cause, "cannot restore pod container without --pod");
}

TEST(checkpoint_documents, refuses_dependencies_in_podmans_words) {
  for (const char* key : {"netNsCtr", "pidNsCtr"}) {
    const auto checked = check_restorable(archived({{key, std::string(64, 'c')}}), "archive x");
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().cause, "cannot import checkpoints of containers with dependencies");
  }
}

TEST(checkpoint_documents, refuses_networks_it_would_have_to_manage) {
  EXPECT_FALSE(check_restorable(archived({{"createNetNS", true}}), "archive x"));
}

TEST(checkpoint_documents, refuses_namespaces_of_others) {
  auto container = archived();
  container.spec["linux"]["namespaces"] = {{{"type", "ipc"}, {"path", "/proc/1/ns/ipc"}}};
  EXPECT_FALSE(check_restorable(container, "archive x"));
}

} // namespace

} // namespace floe
