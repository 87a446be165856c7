// Goal: what Podman has is found as a whole, with what cannot be understood named. Method: a store
// of floe's without containers, and a database of Podman's made here.
#include "io/podman/container_sources.hpp"
#include "tests/io/podman/host_beside_podman.hpp"

#include <gtest/gtest.h>

using namespace floe;
using namespace floe::test;

namespace {

class containers_of_all_sources : public host_beside_podman {
 protected:
  void fill(bolt_tree& tree) override {
    auto& web = tree.buckets["ctr"].buckets[web_id];
    web.values["config"] = sample_config(web_id, "web", 1).dump();
    web.values["state"] = json{{"state", 6}}.dump();
    auto& damaged = tree.buckets["ctr"].buckets[database_id];
    damaged.values["config"] = sample_config(database_id, "a/b", 2).dump();
    damaged.values["state"] = json{{"state", 6}}.dump();
    auto infra_config = sample_config(infra_id, "shop-infra", 3);
    infra_config["pause"] = true;
    infra_config["pod"] = pod_id;
    auto& infra = tree.buckets["ctr"].buckets[infra_id];
    infra.values["config"] = infra_config.dump();
    infra.values["state"] = json{{"state", 6}}.dump();
    tree.buckets["id-registry"].values[database_id] = "database";
    auto& pod = tree.buckets["pod"].buckets[pod_id];
    pod.values["config"] = pod_config;
    pod.values["state"] = json{{"InfraContainerID", infra_id}}.dump();
    pod.buckets["containers"].values = {{infra_id, ""}, {database_id, ""}};
  }

  std::string pod_config = sample_pod_config().dump();
};

} // namespace

TEST_F(containers_of_all_sources, hold_those_that_cannot_be_understood) {
  const auto all = containers_in_sources(*host, source_scope::all);
  ASSERT_TRUE(all) << describe(all.error());
  ASSERT_EQ(all->size(), 3U);
  EXPECT_EQ(all->front().record.config.name, "web");
  EXPECT_FALSE(all->front().problem);
  EXPECT_EQ(all->back().record.config.id, database_id);
  EXPECT_EQ(all->back().record.config.name, "database");
  ASSERT_TRUE(all->back().problem);
  EXPECT_EQ(all->back().problem->code, error_code::database_damaged);
  EXPECT_NE(all->back().problem->advice.find("podman inspect"), std::string::npos);
}

TEST_F(containers_of_all_sources, are_found_beside_one_that_cannot_be_understood) {
  EXPECT_TRUE(find_in_sources(*host, "web", source_scope::all));
  const auto damaged = find_in_sources(*host, database_id.substr(0, 12), source_scope::all);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, error_code::database_damaged);
}

TEST_F(containers_of_all_sources, have_infra_containers_of_pods_that_cannot_be_understood) {
  pod_config = "{";
  write_database();
  const auto all = containers_in_sources(*host, source_scope::all);
  ASSERT_TRUE(all) << describe(all.error());
  EXPECT_TRUE((*all)[1].is_infra);
  EXPECT_EQ(containers_in_pod(*host, pod_id).error().code, error_code::database_damaged);
}

TEST_F(containers_of_all_sources, are_no_whole_pod_if_one_of_it_cannot_be_understood) {
  const auto members = containers_in_pod(*host, "shop");
  ASSERT_FALSE(members);
  EXPECT_EQ(members.error().code, error_code::database_damaged);
}
