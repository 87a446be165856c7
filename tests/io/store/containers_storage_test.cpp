// Goal: the images of the host's containers-storage are found as its own tools see them. Method: a
// storage written by hand, as containers-storage 1.43 lays it out; real ones are in tests/interop.
#include "io/store/containers_storage.hpp"
#include "io/store/image_store.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

using namespace floe;
using namespace floe::test;

namespace {

const std::string image_id(64, '1');
const std::string base_layer(64, 'a');
const std::string top_layer(64, 'b');

/// base64 of `sha256:111…` (64 digits).
std::string config_name() {
  std::string name = "=c2hhMjU2OjEx";
  for (int i = 0; i < 20; ++i)
    name += "MTEx";
  return name + "MTE=";
}

class containers_storage : public testing::Test {
 protected:
  void SetUp() override {
    write_file(root + "/overlay-images/images.json",
               R"([{"id":")" + image_id + R"(","names":["localhost/web:latest"],"layer":")" +
                   top_layer + R"(","created":"2024-01-01T00:00:00Z"}])");
    write_file(root + "/overlay-images/" + image_id + "/" + config_name(),
               R"({"architecture":"amd64","config":{"Cmd":["/bin/sh"]}})");
    write_file(root + "/overlay-layers/layers.json",
               R"([{"id":")" + base_layer + R"(","diff-size":100},{"id":")" + top_layer +
                   R"(","parent":")" + base_layer + R"(","diff-size":23}])");
    for (const auto& layer : {base_layer, top_layer})
      std::filesystem::create_directories(root + "/overlay/" + layer + "/diff");
  }

  std::vector<image_record> images() {
    auto found = containers_storage_images(root);
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *found : std::vector<image_record>{};
  }

  scratch_directory scratch;
  std::string root = scratch / "storage";
};

} // namespace

TEST_F(containers_storage, has_images_with_their_layers_topmost_first) {
  const auto found = images();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, image_id);
  EXPECT_EQ(found[0].names, std::vector<std::string>{"localhost/web:latest"});
  EXPECT_EQ(found[0].config["Cmd"][0], "/bin/sh");
  EXPECT_EQ(found[0].size, 123U);
  EXPECT_TRUE(found[0].read_only);
  EXPECT_EQ(found[0].layers, (std::vector<std::string>{root + "/overlay/" + top_layer + "/diff",
                                                       root + "/overlay/" + base_layer + "/diff"}));
}

TEST_F(containers_storage, leaves_out_images_that_are_not_complete) {
  std::filesystem::remove_all(root + "/overlay/" + base_layer);
  EXPECT_TRUE(images().empty());
}

TEST_F(containers_storage, leaves_out_images_whose_layers_lead_elsewhere_or_in_a_circle) {
  write_file(root + "/overlay-layers/layers.json",
             R"([{"id":")" + top_layer + R"(","parent":")" + top_layer + R"("}])");
  EXPECT_TRUE(images().empty());
  write_file(root + "/overlay-layers/layers.json",
             R"([{"id":")" + top_layer + R"(","parent":"../../etc"}])");
  EXPECT_TRUE(images().empty());
  write_file(root + "/overlay-layers/layers.json", R"([{"id":1},{"id":"../x"},{}])");
  EXPECT_TRUE(images().empty());
}

TEST_F(containers_storage, says_when_its_lists_cannot_be_read) {
  for (const auto* text : {"{", "{}", "[1]"}) {
    write_file(root + "/overlay-images/images.json", text);
    EXPECT_EQ(containers_storage_images(root).error().code, error_code::bad_image);
  }
}

TEST_F(containers_storage, need_not_be_there) {
  EXPECT_TRUE(containers_storage_images(scratch / "nowhere")->empty());
}

TEST_F(containers_storage, is_where_its_configuration_says) {
  const auto path = scratch / "storage.conf";
  EXPECT_EQ(containers_storage_roots(path).value(),
            std::vector<std::string>{"/var/lib/containers/storage"});
  write_file(path, "[storage]\ndriver = \"overlay\"\ngraphroot = '/a'\nrunroot = \"/b\"\n"
                   "[storage.options]\nadditionalimagestores = [\n  \"/c\", # read-only\n]\n");
  EXPECT_EQ(containers_storage_roots(path).value(), (std::vector<std::string>{"/a", "/c"}));
  write_file(path, "[storage]\ndriver = \"btrfs\"\n");
  EXPECT_TRUE(containers_storage_roots(path)->empty());
  write_file(path, "[storage\n");
  EXPECT_EQ(containers_storage_roots(path).error().code, error_code::usage);
}

TEST_F(containers_storage, serves_images_that_floe_does_not_have_itself) {
  host_settings settings;
  settings.root = scratch / "root";
  settings.run_root = scratch / "run";
  settings.storage_configuration = scratch / "storage.conf";
  write_file(settings.storage_configuration, "[storage]\ngraphroot = \"" + root + "\"\n");
  auto state = store::open(settings.root);
  ASSERT_TRUE(state) << describe(state.error());
  EXPECT_EQ(find_image(**state, settings, "web")->id, image_id);
  EXPECT_EQ(find_image(**state, settings, image_id.substr(0, 12))->id, image_id);
  EXPECT_EQ(list_images(**state, settings)->size(), 1U);
  const auto removed = remove_image(**state, settings, "web");
  EXPECT_EQ(removed.error().code, error_code::usage);
  image_record own;
  own.id = std::string(64, '2');
  own.names = {"localhost/web:latest"};
  ASSERT_TRUE((*state)->add_image(own));
  EXPECT_EQ(find_image(**state, settings, "web")->id, own.id);
}
