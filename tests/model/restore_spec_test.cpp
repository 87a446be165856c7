// Goal: a specification from another host or time refers to this host's places only, and keeps
// every mount that CRIU knows.
// Method: a specification as podman 4.3.1 archives it, shortened, and what has to become of it.
#include "model/restore_spec.hpp"

#include <gtest/gtest.h>

namespace floe {

namespace {

json bind(const char* destination, const char* source) {
  return {{"destination", destination},
          {"type", "bind"},
          {"source", source},
          {"options", {"bind", "rprivate"}}};
}

json archived_spec() {
  return {{"root", {{"path", "/var/lib/containers/storage/overlay/x/merged"}}},
          {"mounts", json::array({{{"destination", "/proc"}, {"type", "proc"}},
                                  bind("/data", "/var/lib/containers/storage/volumes/data/_data"),
                                  bind("/srv", "/srv/www"),
                                  bind("/etc/hosts", "/run/old/hosts"),
                                  bind("/etc/resolv.conf", "/run/old/resolv.conf"),
                                  bind("/dev/shm", "/old/shm")})},
          {"linux",
           {{"cgroupsPath", "/libpod_parent/libpod-x"},
            {"namespaces",
             json::array({{{"type", "pid"}}, {{"type", "network"}, {"path", "/run/netns/x"}}})}}}};
}

container_config some_config() {
  container_config config;
  config.name = "web";
  config.volumes.push_back({"data", "/data", {"rw"}, false});
  config.spec = {{"mounts", json::array({{{"destination", "/proc"}, {"type", "proc"}},
                                         bind("/srv", "/srv/www")})}};
  return config;
}

container_place here() {
  return {"/floe/merged",
          "/floe/x",
          {{"/etc/hosts", "/run/floe/hosts"}, {"/dev/shm", "/floe/shm"}},
          {{"data", "/floe/volumes/data/_data"}}};
}

json mount_at(const json& spec, const std::string& destination) {
  for (const auto& mount : spec["mounts"])
    if (mount["destination"] == destination)
      return mount;
  return nullptr;
}

TEST(restore_spec, puts_the_container_where_it_is_here) {
  const auto spec = make_restore_spec(archived_spec(), some_config(), here());
  ASSERT_TRUE(spec);
  EXPECT_EQ((*spec)["root"]["path"], "/floe/merged");
  EXPECT_EQ((*spec)["linux"]["cgroupsPath"], "/floe/x");
  EXPECT_EQ((*spec)["linux"]["namespaces"][1], (json{{"type", "network"}}));
}

TEST(restore_spec, takes_volumes_from_this_host) {
  const auto spec = make_restore_spec(archived_spec(), some_config(), here());
  ASSERT_TRUE(spec);
  EXPECT_EQ(mount_at(*spec, "/data")["source"], "/floe/volumes/data/_data");
}

TEST(restore_spec, leaves_the_users_mounts_alone) {
  const auto spec = make_restore_spec(archived_spec(), some_config(), here());
  ASSERT_TRUE(spec);
  EXPECT_EQ(mount_at(*spec, "/srv"), bind("/srv", "/srv/www"));
  EXPECT_EQ(mount_at(*spec, "/proc"), archived_spec()["mounts"][0]);
}

TEST(restore_spec, makes_the_engines_mounts_again) {
  const auto spec = make_restore_spec(archived_spec(), some_config(), here());
  ASSERT_TRUE(spec);
  EXPECT_EQ(mount_at(*spec, "/etc/hosts"), (json{{"destination", "/etc/hosts"},
                                                 {"type", "bind"},
                                                 {"source", "/run/floe/hosts"},
                                                 {"options", {"bind", "private"}}}));
  EXPECT_EQ(mount_at(*spec, "/dev/shm")["options"],
            (json{"bind", "private", "nosuid", "noexec", "nodev"}));
  EXPECT_EQ(mount_at(*spec, "/etc/resolv.conf"), nullptr);
}

TEST(restore_spec, protects_the_engines_mounts_of_a_read_only_container) {
  auto archived = archived_spec();
  archived["root"]["readonly"] = true;
  const auto spec = make_restore_spec(archived, some_config(), here());
  ASSERT_TRUE(spec);
  EXPECT_EQ(mount_at(*spec, "/etc/hosts")["options"],
            (json{"bind", "private", "ro", "nosuid", "noexec", "nodev"}));
}

TEST(restore_spec, prefers_a_users_mount_to_the_engines) {
  auto config = some_config();
  config.spec["mounts"].push_back(bind("/etc/hosts", "/home/hosts"));
  auto archived = archived_spec();
  archived["mounts"][3]["source"] = "/home/hosts";
  const auto spec = make_restore_spec(archived, config, here());
  ASSERT_TRUE(spec);
  EXPECT_EQ(mount_at(*spec, "/etc/hosts"), bind("/etc/hosts", "/home/hosts"));
}

TEST(restore_spec, is_stable_when_applied_again) {
  const auto once = make_restore_spec(archived_spec(), some_config(), here());
  ASSERT_TRUE(once);
  EXPECT_EQ(make_restore_spec(*once, some_config(), here()), once);
}

TEST(restore_spec, refuses_a_volume_without_a_place) {
  auto place = here();
  place.volumes.clear();
  const auto spec = make_restore_spec(archived_spec(), some_config(), place);
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().code, error_code::archive_refused);
}

TEST(restore_spec, keeps_no_mounts_of_engines_for_a_new_start) {
  const auto spec = make_creation_spec(archived_spec(), some_config());
  EXPECT_EQ(mount_at(spec, "/etc/hosts"), nullptr);
  EXPECT_EQ(mount_at(spec, "/dev/shm"), nullptr);
  EXPECT_EQ(mount_at(spec, "/data"), nullptr);
  EXPECT_EQ(mount_at(spec, "/srv"), bind("/srv", "/srv/www"));
}

TEST(restore_spec, gets_the_mounts_that_it_lacks_and_keeps_its_own) {
  const json spec = {{"mounts", {{{"destination", "/a"}, {"source", "mine"}}}}};
  const json mounts = {{{"destination", "/a"}, {"source", "other"}},
                       {{"destination", "/run/secrets"}, {"source", "volume"}}};
  const auto complete = with_missing_mounts(spec, mounts);
  ASSERT_EQ(complete["mounts"].size(), 2U);
  EXPECT_EQ(complete["mounts"][0]["source"], "mine");
  EXPECT_TRUE(has_mount(complete, "/run/secrets"));
  EXPECT_FALSE(has_mount(json::object(), "/run/secrets"));
  EXPECT_TRUE(is_engine_place("/run/secrets"));
  EXPECT_FALSE(is_engine_place("/run"));
}

TEST(restore_spec, lists_the_sources_of_bind_mounts) {
  const auto sources = bind_sources(archived_spec());
  ASSERT_EQ(sources.size(), 5u);
  EXPECT_EQ(sources[1].destination, "/srv");
  EXPECT_EQ(sources[1].source, "/srv/www");
}

} // namespace

} // namespace floe
