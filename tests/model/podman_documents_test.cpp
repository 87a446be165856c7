// Goal: an archive of a Podman container says all that Podman said, and nothing that ties it to the
// host it comes from.
#include "model/podman_documents.hpp"

#include <gtest/gtest.h>

namespace floe {
namespace {

json config_of(const json& document) {
  return json::parse(make_podman_config_dump(document, {"anonymous"}));
}

TEST(podman_config_dump, keeps_what_nobody_knows) {
  const json document{{"id", "a"}, {"orderedNetworks", {{{"name", "x"}}}}, {"future", {1, 2}}};
  EXPECT_EQ(config_of(document), document);
}

TEST(podman_config_dump, names_no_pid_files_in_podmans_directories_of_this_host) {
  const json document{{"id", "a"},
                      {"conmonPidFile", "/run/overlay-containers/a/userdata/conmon.pid"},
                      {"pid_file", "/run/the-users-own.pid"}};
  EXPECT_EQ(config_of(document), (json{{"id", "a"}, {"pid_file", "/run/the-users-own.pid"}}));
}

TEST(podman_config_dump, has_the_name_of_the_runtime_instead_of_its_path) {
  EXPECT_EQ(config_of({{"runtime", "/usr/sbin/runc"}})["runtime"], "runc");
  EXPECT_EQ(config_of({{"runtime", "crun"}})["runtime"], "crun");
}

TEST(podman_config_dump, keeps_a_cgroup_parent_only_if_somebody_chose_it) {
  EXPECT_EQ(config_of({{"cgroupParent", "/libpod_parent"}})["cgroupParent"], "");
  EXPECT_EQ(config_of({{"cgroupParent", "machine.slice"}})["cgroupParent"], "");
  EXPECT_EQ(config_of({{"cgroupParent", "/mine"}})["cgroupParent"], "/mine");
}

TEST(podman_config_dump, says_which_volumes_are_anonymous) {
  EXPECT_EQ(config_of({{"namedVolumes",
                        {{{"volumeName", "anonymous"}, {"dest", "/a"}},
                         {{"volumeName", "data"}, {"dest", "/b"}}}}})["namedVolumes"],
            (json{{{"volumeName", "anonymous"}, {"dest", "/a"}, {"setAnonymous", true}},
                  {{"volumeName", "data"}, {"dest", "/b"}}}));
}

TEST(podman_spec_dump, leaves_out_what_libpod_mounts_anew) {
  json spec{{"mounts",
             {{{"destination", "/etc/localtime"}, {"source", "/run/own/localtime"}},
              {{"destination", "/run/secrets/key"}, {"source", "/bundle/secrets/key"}},
              {{"destination", "/etc/localtime"}, {"source", "/usr/share/zoneinfo/UTC"}},
              {{"destination", "/data"}, {"source", "/bundle/volumes/data"}},
              {{"destination", "/proc"}}}}};
  const auto kept = json::parse(make_podman_spec_dump(spec, "/bundle", "/run/own"))["mounts"];
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[0]["source"], "/usr/share/zoneinfo/UTC");
  EXPECT_EQ(kept[1]["destination"], "/data");
  EXPECT_EQ(kept[2]["destination"], "/proc");
}

TEST(podman_spec_dump, takes_documents_of_any_form) {
  for (const auto& odd : {json::object(), json{{"mounts", 3}}, json{{"mounts", {"text", 7}}}})
    EXPECT_EQ(json::parse(make_podman_spec_dump(odd, "/b", "/r")), odd);
}

} // namespace
} // namespace floe
