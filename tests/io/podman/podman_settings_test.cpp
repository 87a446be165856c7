// Goal: Podman is found where its own configuration says. Method: configuration files named by the
// environment, as Podman reads them too.
#include "io/podman/podman_settings.hpp"
#include "tests/io/podman/sample_database.hpp"
#include "tests/support/scoped_environment.hpp"

#include <gtest/gtest.h>

using namespace floe;
using namespace floe::test;

namespace {

class podman_configuration : public testing::Test {
 protected:
  void SetUp() override {
    write_file(overrides.program, "");
    std::filesystem::permissions(overrides.program, std::filesystem::perms::owner_all);
    storage("graphroot = \"" + graph + "\"\nrunroot = \"/storage-run\"\ndriver = \"overlay\"\n");
    engine("");
  }

  void storage(const std::string& text) { write_file(storage_path, "[storage]\n" + text); }
  void engine(const std::string& text) { write_file(engine_path, "[engine]\n" + text); }

  podman_settings find() {
    auto found = find_podman(overrides);
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *found : podman_settings{};
  }

  void make_database(const std::string& path, const bolt_tree& tree = {}) {
    write_file(path, bolt_builder::build(tree));
  }

  scratch_directory scratch;
  std::string graph = std::filesystem::canonical(scratch.path()).string() + "/graph";
  std::string storage_path = scratch / "storage.conf";
  std::string engine_path = scratch / "containers.conf";
  scoped_environment environment{{{"CONTAINERS_STORAGE_CONF", storage_path},
                                  {"CONTAINERS_CONF", engine_path},
                                  {"CONTAINERS_CONF_OVERRIDE", ""},
                                  {"STORAGE_DRIVER", ""}}};
  podman_overrides overrides{scratch / "podman", "", ""};
};

} // namespace

TEST_F(podman_configuration, is_as_the_files_say) {
  engine("static_dir = \"/static\"\ntmp_dir = \"/tmp-dir\"\nvolume_path = \"/volumes\"\n"
         "cgroup_manager = \"cgroupfs\"\nruntime = \"special\"\nlock_type = \"file\"\n"
         "[engine.runtimes]\nspecial = [\"/nowhere/special\", \"/bin/sh\"]\n"
         "[network]\nnetwork_config_dir = \"/networks\"\n");
  const auto settings = find();
  EXPECT_EQ(settings.program, overrides.program);
  EXPECT_EQ(settings.graph_root, graph);
  EXPECT_EQ(settings.run_root, "/storage-run");
  EXPECT_EQ(settings.graph_driver, "overlay");
  EXPECT_EQ(settings.static_dir, "/static");
  EXPECT_EQ(settings.tmp_dir, "/tmp-dir");
  EXPECT_EQ(settings.volume_path, "/volumes");
  EXPECT_EQ(settings.cgroup_manager, "cgroupfs");
  EXPECT_EQ(settings.runtime, "special");
  EXPECT_EQ(settings.runtime_program("special"), "/bin/sh");
  EXPECT_EQ(settings.runtime_program("/bin/sh"), "/bin/sh");
  EXPECT_EQ(settings.runtime_program("none-such"), "");
  EXPECT_EQ(settings.lock_type, "file");
  EXPECT_EQ(settings.network_config_dir, "/networks");
  EXPECT_TRUE(settings.runtime_paths.contains("crun"));
}

TEST_F(podman_configuration, has_podmans_defaults) {
  storage("");
  const auto settings = find();
  EXPECT_EQ(settings.graph_root, "/var/lib/containers/storage");
  EXPECT_EQ(settings.run_root, "/run/containers/storage");
  EXPECT_EQ(settings.graph_driver, "overlay");
  EXPECT_EQ(settings.lock_type, "shm");
}

TEST_F(podman_configuration, is_overridden_key_by_key) {
  engine("tmp_dir = \"/first\"\nlock_type = \"file\"\n");
  write_file(scratch / "last.conf", "[engine]\ntmp_dir = \"/last\"\n");
  const scoped_environment last{{{"CONTAINERS_CONF_OVERRIDE", scratch / "last.conf"}}};
  EXPECT_EQ(find().tmp_dir, "/last");
  EXPECT_EQ(find().lock_type, "file");
}

TEST_F(podman_configuration, gives_way_to_options_that_podman_gets_too) {
  EXPECT_TRUE(find().global_arguments().empty());
  engine("static_dir = \"/static\"\n");
  overrides.root = scratch / "other";
  overrides.run_root = "/other-run";
  make_database(scratch / "other/libpod/bolt_state.db");
  const auto settings = find();
  EXPECT_EQ(settings.graph_root, scratch / "other");
  EXPECT_EQ(settings.run_root, "/other-run");
  EXPECT_EQ(settings.static_dir, scratch / "other/libpod");
  EXPECT_EQ(settings.volume_path, scratch / "other/volumes");
  EXPECT_EQ(settings.database, scratch / "other/libpod/bolt_state.db");
  EXPECT_EQ(settings.global_arguments(),
            (std::vector<std::string>{"--root", scratch / "other", "--runroot", "/other-run"}));
}

TEST_F(podman_configuration, gives_way_to_what_the_database_was_made_with) {
  bolt_tree tree;
  tree.buckets["runtime-config"].values = {
      {"tmp-dir", "/recorded/tmp"}, {"run-root", "/recorded/run"},
      {"graph-root", "/recorded"},  {"graph-driver-name", "vfs"},
      {"static-dir", ""},           {"volume-path", "/recorded/v"}};
  make_database(graph + "/libpod/bolt_state.db", tree);
  auto settings = find();
  EXPECT_EQ(settings.database_backend, "boltdb");
  EXPECT_EQ(settings.tmp_dir, "/recorded/tmp");
  EXPECT_EQ(settings.run_root, "/recorded/run");
  EXPECT_EQ(settings.graph_root, "/recorded");
  EXPECT_EQ(settings.graph_driver, "vfs");
  EXPECT_EQ(settings.static_dir, graph + "/libpod");
  EXPECT_EQ(settings.volume_path, "/recorded/v");
  overrides.run_root = "/chosen";
  EXPECT_EQ(find().run_root, "/chosen");
}

TEST_F(podman_configuration, finds_the_database_that_podman_uses) {
  EXPECT_EQ(find().database, "");
  write_file(graph + "/db.sql", "");
  EXPECT_EQ(find().database_backend, "sqlite");
  EXPECT_EQ(find().database, graph + "/db.sql");
  make_database(graph + "/libpod/bolt_state.db"); // an old one keeps being used
  EXPECT_EQ(find().database_backend, "boltdb");
  engine("database_backend = \"sqlite\"\n");
  EXPECT_EQ(find().database_backend, "sqlite");
}

TEST_F(podman_configuration, that_cannot_be_read_is_an_error) {
  engine("runtime = \n");
  EXPECT_EQ(find_podman(overrides).error().code, error_code::usage);
  std::filesystem::remove(engine_path);
  EXPECT_EQ(find_podman(overrides).error().code, error_code::usage);
}

TEST_F(podman_configuration, is_of_no_use_without_podman) {
  overrides.program = scratch / "nothing";
  EXPECT_EQ(find_podman(overrides).error().code, error_code::no_podman);
  overrides.program.clear();
  const scoped_environment nowhere{{{"PATH", scratch.path() + "/empty"}}};
  EXPECT_EQ(find_podman(overrides).error().code, error_code::no_podman);
}
