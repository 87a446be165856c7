// Goal: the layers of a container are the ones that Podman mounts, and lead nowhere else. Method: a
// storage written by hand, as containers-storage 1.43 lays it out; the real one is in
// real_podman_test.cpp.
#include "io/podman/podman_storage.hpp"
#include "tests/io/podman/sample_database.hpp"

#include <gtest/gtest.h>

using namespace floe;
using namespace floe::test;

namespace {

const std::string top(64, 'a');
const std::string middle(64, 'b');
const std::string base(64, 'e');

class podman_storage : public testing::Test {
 protected:
  void SetUp() override {
    settings.graph_root = scratch / "graph";
    settings.run_root = scratch / "run";
    settings.graph_driver = "overlay";
    list("containers.json", top);
    for (const auto& [layer, link] : {std::pair{top, "TOP"}, {middle, "MIDDLE"}, {base, "BASE"}}) {
      std::filesystem::create_directories(overlay + layer + "/diff");
      std::filesystem::create_directories(overlay + "l");
      std::filesystem::create_directory_symlink("../" + layer + "/diff", overlay + "l/" + link);
    }
    write_file(overlay + top + "/lower", "l/MIDDLE:l/BASE");
  }

  void list(const std::string& name, const std::string& layer) {
    write_file(
        settings.graph_root + "/overlay-containers/" + name,
        json::array({{{"id", database_id}, {"layer", base}}, {{"id", web_id}, {"layer", layer}}})
            .dump());
  }

  expected<podman_layers> layers() { return podman_container_layers(settings, web_id); }

  scratch_directory scratch;
  podman_settings settings;
  std::string overlay = scratch / "graph/overlay/";
};

} // namespace

TEST_F(podman_storage, has_the_layers_of_a_container_topmost_first) {
  const auto found = layers();
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->upper, overlay + top + "/diff");
  EXPECT_EQ(found->merged, overlay + top + "/merged");
  EXPECT_EQ(found->lowers, (std::vector{overlay + middle + "/diff", overlay + base + "/diff"}));
}

TEST_F(podman_storage, has_containers_that_are_not_kept) {
  std::filesystem::remove(settings.graph_root + "/overlay-containers/containers.json");
  EXPECT_EQ(layers().error().code, error_code::no_such_container);
  list("volatile-containers.json", middle);
  EXPECT_EQ(layers()->upper, overlay + middle + "/diff");
  EXPECT_TRUE(layers()->lowers.empty());
}

TEST_F(podman_storage, does_not_have_containers_with_a_root_filesystem_of_their_own) {
  EXPECT_EQ(podman_container_layers(settings, infra_id).error().code,
            error_code::no_such_container);
}

TEST_F(podman_storage, of_another_driver_is_not_supported) {
  settings.graph_driver = "vfs";
  EXPECT_EQ(layers().error().code, error_code::unsupported);
}

TEST_F(podman_storage, leads_nowhere_else) {
  for (const auto* lower : {"l/NONE", "../../etc", "l/../../x", "/etc", "l/MIDDLE::l/BASE", "l/"}) {
    write_file(overlay + top + "/lower", lower);
    EXPECT_EQ(layers().error().code, error_code::database_damaged) << lower;
  }
  write_file(overlay + top + "/lower", "l/EVIL");
  for (const auto* target : {"/etc", "../../../etc/diff", "../diff", "../x/../../diff"}) {
    std::filesystem::remove(overlay + "l/EVIL");
    std::filesystem::create_directory_symlink(target, overlay + "l/EVIL");
    EXPECT_EQ(layers().error().code, error_code::database_damaged) << target;
  }
}

TEST_F(podman_storage, refuses_lists_that_it_does_not_understand) {
  list("containers.json", "../../../etc");
  EXPECT_EQ(layers().error().code, error_code::database_damaged);
  write_file(settings.graph_root + "/overlay-containers/containers.json", "{}");
  EXPECT_EQ(layers().error().code, error_code::database_damaged);
  list("containers.json", std::string(64, 'f')); // a layer that is gone
  EXPECT_EQ(layers().error().code, error_code::database_damaged);
}
