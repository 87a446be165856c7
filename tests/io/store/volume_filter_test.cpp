// Goal: `floe volume ls --filter` means what Podman's users expect. Method: one volume, every kind
// of filter.
#include "io/store/volume_filter.hpp"

#include <gtest/gtest.h>

namespace floe {
namespace {

bool match(const std::vector<std::string>& texts) {
  volume_record volume;
  volume.name = "db-data";
  volume.labels = {{"tier", "db"}, {"zone", ""}};
  const auto filter = parse_volume_filter(texts);
  return filter && matches(*filter, volume);
}

TEST(volume_filter, no_filter_matches_everything) {
  EXPECT_TRUE(match({}));
}

TEST(volume_filter, a_name_is_a_regular_expression_found_anywhere) {
  EXPECT_TRUE(match({"name=data"}));
  EXPECT_TRUE(match({"name=^db-.*a$"}));
  EXPECT_FALSE(match({"name=^data"}));
  EXPECT_TRUE(match({"name=^data", "name=^db"}));
}

TEST(volume_filter, all_labels_must_hold) {
  EXPECT_TRUE(match({"label=tier"}));
  EXPECT_TRUE(match({"label=tier=db", "label=zone="}));
  EXPECT_FALSE(match({"label=tier=web"}));
  EXPECT_FALSE(match({"label=tier", "label=other"}));
  EXPECT_FALSE(match({"name=db", "label=other"}));
}

TEST(volume_filter, what_is_none_is_a_usage_error) {
  for (const auto* text : {"name", "name=", "label=", "label==x", "colour=red", "name=(", ""}) {
    const auto filter = parse_volume_filter({text});
    ASSERT_FALSE(filter) << text;
    EXPECT_EQ(filter.error().code, error_code::usage);
  }
}

} // namespace
} // namespace floe
