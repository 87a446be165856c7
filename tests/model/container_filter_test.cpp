// Goal: `--filter` means what Podman's users expect. Method: small configurations, every kind of
// filter.
#include "model/container_filter.hpp"

#include <gtest/gtest.h>

namespace floe {
namespace {

container_config web() {
  container_config config;
  config.id = std::string(64, 'a');
  config.name = "web-1";
  config.image_name = "localhost/shop:latest";
  config.labels = {{"tier", "front"}, {"zone", "b"}};
  config.volumes = {{"data", "/data", {}, false}};
  return config;
}

bool match(const std::vector<std::string>& texts) {
  container_status status;
  status.state = container_state::running;
  auto filters = parse_container_filters(texts);
  return filters && matches(*filters, web(), status);
}

TEST(container_filter, no_filter_matches_everything) {
  EXPECT_TRUE(match({}));
}

TEST(container_filter, a_label_matches_by_key_or_by_key_and_value) {
  EXPECT_TRUE(match({"label=tier"}));
  EXPECT_TRUE(match({"label=tier=front"}));
  EXPECT_FALSE(match({"label=tier=back"}));
}

TEST(container_filter, all_labels_must_hold) {
  EXPECT_TRUE(match({"label=tier=front", "label=zone=b"}));
  EXPECT_FALSE(match({"label=tier=front", "label=zone=c"}));
}

TEST(container_filter, several_values_of_one_key_are_alternatives) {
  EXPECT_TRUE(match({"name=db", "name=web"}));
  EXPECT_FALSE(match({"name=db", "name=mail"}));
}

TEST(container_filter, different_keys_must_all_hold) {
  EXPECT_TRUE(match({"name=web", "status=running", "volume=data", "ancestor=shop", "id=aaa"}));
  EXPECT_FALSE(match({"name=web", "status=paused"}));
}

TEST(container_filter, a_name_is_a_regular_expression) {
  EXPECT_TRUE(match({"name=^web-[0-9]$"}));
  EXPECT_TRUE(match({"name=eb"}));
  EXPECT_FALSE(match({"name=^eb"}));
  auto filter = parse_container_filter("name=web(");
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().code, error_code::usage);
}

TEST(container_filter, an_unknown_key_is_a_usage_error) {
  auto filter = parse_container_filter("colour=red");
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().code, error_code::usage);
  EXPECT_FALSE(parse_container_filter("label="));
  EXPECT_FALSE(parse_container_filter("label"));
}

} // namespace
} // namespace floe
