// Goal: documents of any engine are summed up, however little there is in them. Method: documents
// as engines write them, and broken ones.
#include "model/archive_summary.hpp"

#include <gtest/gtest.h>

namespace {

using namespace floe;

constexpr auto config =
    R"({"id": "abc", "name": "web", "rootfsImageName": "docker.io/library/busybox:latest",
  "rootfsImageID": "def", "runtime": "runc", "createdTime": "2026-11-23T10:00:00Z",
  "namedVolumes": [{"volumeName": "data", "dest": "/data"}]})";
constexpr auto spec = R"({"hostname": "web-1", "annotations": {"io.container.manager": "libpod"}})";
constexpr auto network = R"({"podman": {"interfaces": {"eth0": {"mac_address": "ae:ee:f0:71:07:9a",
  "subnets": [{"ipnet": "10.88.0.4/16", "gateway": "10.88.0.1"}]}}}})";

TEST(archive_summary, knows_container_image_volumes_and_addresses) {
  const auto summary = summarize_documents(config, spec, network, "a.tar");
  ASSERT_TRUE(summary) << describe(summary.error());
  EXPECT_EQ(summary->name, "web");
  EXPECT_EQ(summary->image_name, "docker.io/library/busybox:latest");
  EXPECT_EQ(summary->hostname, "web-1");
  EXPECT_EQ(summary->engine, "Podman");
  ASSERT_EQ(summary->volumes.size(), 1u);
  EXPECT_EQ(summary->volumes[0].destination, "/data");
  ASSERT_EQ(summary->interfaces.size(), 1u);
  EXPECT_EQ(summary->interfaces[0].network, "podman");
  EXPECT_EQ(summary->interfaces[0].addresses, std::vector<std::string>{"10.88.0.4/16"});
  EXPECT_EQ(summary->interfaces[0].mac, "ae:ee:f0:71:07:9a");
}

TEST(archive_summary, tells_engines_apart) {
  const auto engine = [](const char* text) {
    return summarize_documents("{}", text, "null", "a.tar")->engine;
  };
  EXPECT_EQ(engine(R"({"annotations": {"io.container.manager": "cri-o"}})"), "CRI-O");
  EXPECT_EQ(engine(R"({"annotations": {"io.container.manager": "other"}})"), "containerd");
  EXPECT_EQ(engine("{}"), "containerd");
}

TEST(archive_summary, passes_over_a_broken_network_status_and_odd_types) {
  for (const auto* status : {"null", "", "{", "[1]", R"({"n": {"interfaces": {"e": 1}}})"}) {
    const auto summary =
        summarize_documents(R"({"name": 7, "namedVolumes": {"a": 1}})", "{}", status, "a");
    ASSERT_TRUE(summary) << status;
    EXPECT_TRUE(summary->name.empty());
  }
}

TEST(archive_summary, refuses_documents_that_are_no_objects) {
  for (const auto* bad :
       {"", "{", "[]", "null", "1e400", R"({"a": 1, "a": 2})", "{\"a\": \"\xff\"}"}) {
    const auto as_config = summarize_documents(bad, spec, network, "a.tar");
    ASSERT_FALSE(as_config) << bad;
    EXPECT_EQ(as_config.error().code, error_code::archive_refused);
    EXPECT_EQ(as_config.error().subject, "a.tar: config.dump");
    EXPECT_EQ(summarize_documents(config, bad, network, "a").error().subject, "a: spec.dump");
  }
}

TEST(archive_summary, becomes_json) {
  auto summary = summarize_documents(config, spec, network, "a.tar");
  ASSERT_TRUE(summary);
  summary->criu = criu_statistics{.freezing_time = 7};
  summary->files = {{"config.dump", 12, false}, {"checkpoint", 0, true}};
  const auto document = to_json(*summary, true);
  EXPECT_EQ(document["container"]["name"], "web");
  EXPECT_EQ(document["container"]["volumes"][0]["bytes"], nullptr);
  EXPECT_EQ(document["criu"].dump(), R"({"freezing_time":7})");
  EXPECT_EQ(document["rootfs_bytes"], nullptr);
  EXPECT_EQ(document["files"][1]["type"], "directory");
  EXPECT_FALSE(to_json(*summary, false).contains("files"));
}

} // namespace
