// Goal: pods are described as Podman describes them. Method: a database made here; the real
// Podman's answers are compared in tests/interop/podman_containers_are_seen_test.sh.
#include "io/podman/pod_documents.hpp"
#include "tests/io/podman/sample_database.hpp"

#include <gtest/gtest.h>

using namespace floe;
using namespace floe::test;

namespace {

class pod_documents : public testing::Test {
 protected:
  void SetUp() override {
    auto& pod = tree.buckets["pod"].buckets[pod_id];
    auto config = sample_pod_config();
    config["sharesNet"] = true;
    config["sharesIpc"] = true;
    pod.values["config"] = config.dump();
    pod.values["state"] = json{{"InfraContainerID", infra_id}}.dump();
  }

  void add(const std::string& id, const std::string& name, int state) {
    auto config = sample_config(id, name, 1);
    config["pod"] = pod_id;
    auto& container = tree.buckets["ctr"].buckets[id];
    container.values["config"] = config.dump();
    // It has to live, or it would be taken for stopped.
    container.values["state"] = json{{"state", state}, {"pid", ::getpid()}}.dump();
    tree.buckets["pod"].buckets[pod_id].buckets["containers"].values[id] = name;
  }

  podman_state read() {
    auto settings = sample_settings(scratch);
    settings.database = scratch / "bolt_state.db";
    settings.database_backend = "boltdb";
    write_file(settings.database, bolt_builder::build(tree));
    auto state = podman_state::read(settings);
    EXPECT_TRUE(state) << describe(state.error());
    return state ? *state : podman_state{};
  }

  std::string status() {
    const auto state = read();
    return pod_list_entry(state, state.pods().at(0)).at("Status");
  }

  static constexpr int configured = 1;
  static constexpr int running = 3;
  static constexpr int exited = 6;

  scratch_directory scratch;
  bolt_tree tree;
};

} // namespace

TEST_F(pod_documents, have_the_containers_and_the_shared_namespaces) {
  add(web_id, "web", running);
  add(infra_id, "shop-infra", running);
  const auto state = read();
  const auto document = pod_document(state, state.pods().at(0));
  EXPECT_EQ(document.at("Name"), "shop");
  EXPECT_EQ(document.at("InfraContainerID"), infra_id);
  EXPECT_EQ(document.at("SharedNamespaces"), (json{"ipc", "net"}));
  EXPECT_EQ(document.at("NumContainers"), 2);
  EXPECT_EQ(document.at("State"), "Running");
  EXPECT_EQ(document.at("Containers").at(0).at("State"), "running");
}

TEST_F(pod_documents, say_how_the_containers_are_in_one_word) {
  EXPECT_EQ(status(), "Created");
  add(infra_id, "shop-infra", configured);
  EXPECT_EQ(status(), "Created");
  add(infra_id, "shop-infra", exited);
  EXPECT_EQ(status(), "Exited");
  add(web_id, "web", configured);
  EXPECT_EQ(status(), "Stopped");
  add(web_id, "web", running);
  EXPECT_EQ(status(), "Degraded");
}
