// Goal: values of options are read as people write them, and nonsense is refused.
#include "tools/option_values.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace floe {
namespace {

TEST(option_values, a_number_is_decimal_and_not_negative) {
  EXPECT_EQ(parse_number("1.5"), 1.5);
  EXPECT_EQ(parse_number("0"), 0);
  for (const auto* text : {"", "abc", "1.5x", "-1", "nan", "inf", "1e999", " 1"})
    EXPECT_FALSE(parse_number(text)) << text;
}

TEST(option_values, a_directory_relative_to_ours_becomes_absolute) {
  const auto here = std::filesystem::current_path().string();
  EXPECT_EQ(absolute_volume("./data:/data:ro"), here + "/data:/data:ro");
  EXPECT_EQ(absolute_volume("../data:/data"),
            std::filesystem::path{here}.parent_path().string() + "/data:/data");
  for (const auto* text : {"data:/data", "/data:/data", "/data", ".data"})
    EXPECT_EQ(absolute_volume(text), text);
}

} // namespace
} // namespace floe
