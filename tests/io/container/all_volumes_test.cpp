// Goal: volumes of floe and of Podman are listed and found side by side. Method: a store of floe's
// and a database of Podman's made here; the real Podman's are in
// tests/interop/podman_containers_are_seen_test.sh.
#include "io/container/all_volumes.hpp"
#include "io/store/volume_store.hpp"
#include "tests/io/podman/host_beside_podman.hpp"

#include <gtest/gtest.h>

using namespace floe;
using namespace floe::test;

namespace {

class all_volumes : public host_beside_podman {
 protected:
  void fill(bolt_tree& tree) override {
    for (const char* name : {"data", "both"})
      tree.buckets["vol"].buckets[name].values["config"] = json{
          {"name", name},
          {"volumeDriver", "local"},
          {"mountPoint", "/graph/volumes/" + std::string{name} + "/_data"},
          {"labels", {{"tier", name}}}}.dump();
  }

  void SetUp() override {
    host_beside_podman::SetUp();
    if (!host)
      return;
    volume_request request;
    for (const char* name : {"own", "both"}) {
      request.name = name;
      ASSERT_TRUE(create_volume(host->state(), host->settings(), request));
    }
  }

  std::string names(source_scope source, const std::vector<std::string>& filters = {}) {
    const auto list = list_all_volumes(*host, source, filters);
    EXPECT_TRUE(list) << describe(list.error());
    std::string out;
    for (const auto& volume : list ? *list : json())
      out +=
          volume.at("Source").get<std::string>() + ":" + volume.at("Name").get<std::string>() + " ";
    return out;
  }
};

} // namespace

TEST_F(all_volumes, are_listed_with_their_source) {
  EXPECT_EQ(names(source_scope::all), "native:both native:own podman:both podman:data ");
  EXPECT_EQ(names(source_scope::podman), "podman:both podman:data ");
  EXPECT_EQ(names(source_scope::native), "native:both native:own ");
  EXPECT_EQ(names(source_scope::all, {"label=tier=data"}), "podman:data ");
}

TEST_F(all_volumes, are_found_by_name) {
  const auto data = inspect_any_volume(*host, source_scope::all, "data");
  ASSERT_TRUE(data) << describe(data.error());
  EXPECT_EQ(data->at("Source"), "podman");
  EXPECT_EQ(data->at("Driver"), "local");
  EXPECT_EQ(data->at("Mountpoint"), "/graph/volumes/data/_data");
  EXPECT_EQ(data->at("Labels"), (json{{"tier", "data"}}));
  EXPECT_EQ(inspect_any_volume(*host, source_scope::all, "own")->at("Source"), "native");
  EXPECT_EQ(inspect_any_volume(*host, source_scope::native, "data").error().code,
            error_code::no_such_volume);
  EXPECT_EQ(inspect_any_volume(*host, source_scope::all, "native:data").error().code,
            error_code::no_such_volume);
}

TEST_F(all_volumes, that_both_have_must_say_whose_they_are) {
  EXPECT_EQ(inspect_any_volume(*host, source_scope::all, "both").error().code,
            error_code::ambiguous_name);
  EXPECT_EQ(inspect_any_volume(*host, source_scope::all, "podman:both")->at("Source"), "podman");
  EXPECT_EQ(inspect_any_volume(*host, source_scope::all, "native:both")->at("Source"), "native");
}
