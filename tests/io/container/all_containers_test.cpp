// Goal: containers of floe and of Podman are listed and found side by side. Method: a store of
// floe's without containers, and a database of Podman's made here; real ones of both are in
// tests/interop/podman_containers_are_seen_test.sh.
#include "io/container/all_containers.hpp"
#include "tests/io/podman/host_beside_podman.hpp"

#include <gtest/gtest.h>

using namespace floe;
using namespace floe::test;

namespace {

class all_containers : public host_beside_podman {
 protected:
  void fill(bolt_tree& tree) override {
    auto& web = tree.buckets["ctr"].buckets[web_id];
    web.values["config"] = sample_config(web_id, "web", 1).dump();
    web.values["state"] = json{{"state", 6}, {"exitCode", 3}}.dump();
  }

  json list(source_scope source, bool all = true) {
    auto found = list_all_containers(*host, source, all);
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *found : json();
  }
};

} // namespace

TEST_F(all_containers, are_listed_with_their_source) {
  ASSERT_EQ(list(source_scope::all).size(), 1U);
  EXPECT_EQ(list(source_scope::all)[0]["Source"], "podman");
  EXPECT_EQ(list(source_scope::podman)[0]["Names"][0], "web");
  EXPECT_TRUE(list(source_scope::native).empty());
  EXPECT_TRUE(list(source_scope::all, false).empty()); // it does not run
  EXPECT_TRUE(list_all_containers(*host, source_scope::all, true, {"name=other"})->empty());
}

TEST_F(all_containers, are_found_by_name) {
  const auto web = inspect_any_container(*host, source_scope::all, "web");
  ASSERT_TRUE(web) << describe(web.error());
  EXPECT_EQ((*web)["Id"], web_id);
  EXPECT_EQ((*web)["State"]["ExitCode"], 3);
  EXPECT_EQ((*web)["Source"], "podman");
  EXPECT_TRUE(inspect_any_container(*host, source_scope::native, "podman:web"));
  EXPECT_EQ(inspect_any_container(*host, source_scope::all, "native:web").error().code,
            error_code::no_such_container);
  EXPECT_EQ(inspect_any_container(*host, source_scope::native, "web").error().code,
            error_code::no_such_container);
  EXPECT_EQ(inspect_any_container(*host, source_scope::all, "other").error().code,
            error_code::no_such_container);
}

TEST_F(all_containers, are_native_ones_without_podman) {
  const scoped_environment nowhere{{{"PATH", scratch / "empty"}}};
  settings.podman.program.clear();
  open();
  EXPECT_TRUE(list(source_scope::all).empty());
  EXPECT_EQ(list_all_containers(*host, source_scope::podman, true).error().code,
            error_code::no_podman);
}

TEST_F(all_containers, are_not_half_listed_when_podmans_cannot_be_read) {
  write_file(scratch / "graph/libpod/bolt_state.db", std::string(20000, 'x'));
  EXPECT_EQ(list_all_containers(*host, source_scope::all, true).error().code,
            error_code::database_damaged);
  EXPECT_TRUE(list(source_scope::native).empty());
}
