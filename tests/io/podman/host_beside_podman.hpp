// A host of floe's with an empty store beside a Podman whose database is made by the test.
#pragma once

#include "io/container/container_host.hpp"
#include "tests/io/podman/sample_database.hpp"
#include "tests/support/scoped_environment.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <unistd.h>

namespace floe::test {

class host_beside_podman : public testing::Test {
 protected:
  /// Only root opens a host; ./check runs as root.
  void SetUp() override {
    if (::geteuid() != 0)
      GTEST_SKIP() << "only root opens a host";
    write_file(scratch / "podman", "");
    std::filesystem::permissions(scratch / "podman", std::filesystem::perms::owner_all);
    write_file(scratch / "storage.conf", "[storage]\ngraphroot = \"" + scratch / "graph" + "\"\n");
    write_file(scratch / "containers.conf", "[engine]\ntmp_dir = \"" + scratch / "tmp" + "\"\n");
    write_file(scratch / "tmp/alive", "");
    write_database();
    settings.root = scratch / "floe";
    settings.run_root = scratch / "floe-run";
    settings.podman.program = scratch / "podman";
    open();
  }

  /// Puts into Podman's database what there is to be seen.
  virtual void fill(bolt_tree& tree) = 0;

  void write_database() {
    bolt_tree tree;
    fill(tree);
    write_file(scratch / "graph/libpod/bolt_state.db", bolt_builder::build(tree));
  }

  void open() {
    host.reset();
    auto opened = container_host::open(settings);
    ASSERT_TRUE(opened) << describe(opened.error());
    host = std::move(*opened);
  }

  scratch_directory scratch;
  scoped_environment environment{{{"CONTAINERS_STORAGE_CONF", scratch / "storage.conf"},
                                  {"CONTAINERS_CONF", scratch / "containers.conf"},
                                  {"CONTAINERS_CONF_OVERRIDE", ""}}};
  host_settings settings;
  std::unique_ptr<container_host> host;
};

} // namespace floe::test
