// Goal: a document from a stranger costs no more than allowed and is read the same way by
// everybody. Method: the shapes of JSON that parsers disagree on or choke on.
#include "model/json.hpp"

#include <gtest/gtest.h>

namespace {

using namespace floe;

TEST(json_of_strangers, is_read_with_the_order_of_its_keys) {
  const auto document =
      parse_json(R"({"z": [1, -2, 3.5, true, null, "é"], "a": {"b": 18446744073709551615}})", "a");
  ASSERT_TRUE(document) << describe(document.error());
  EXPECT_EQ(document->dump(), R"({"z":[1,-2,3.5,true,null,"é"],"a":{"b":18446744073709551615}})");
}

TEST(json_of_strangers, is_refused_if_it_is_malformed_or_ambiguous) {
  for (const auto* text :
       {"", " ", "{", "[1,]", "{\"a\":1,}", "nul", "1e400", "-1e400", "\"\xff\"", "{\"a\":1}x",
        R"({"a": 1, "a": 2})", R"({"a": {"b": 1, "b": 1}})", R"({"a\u0062": 1, "ab": 2})",
        "\"\x01\"", "{'a': 1}", "[01]", "NaN", "\"\\ud800\""}) {
    const auto document = parse_json(text, "spec.dump");
    ASSERT_FALSE(document) << text;
    EXPECT_EQ(document.error().code, error_code::archive_refused);
    EXPECT_EQ(document.error().subject, "spec.dump");
  }
}

TEST(json_of_strangers, is_refused_beyond_its_limits) {
  EXPECT_FALSE(parse_json(std::string(10'000, '[') + std::string(10'000, ']'), "deep"));
  EXPECT_TRUE(parse_json(std::string(60, '[') + std::string(60, ']'), "deep"));
  EXPECT_FALSE(parse_json("[" + std::string(200, ' ') + "]", "large", {.bytes_max = 100}));
  std::string large(size_t{17} << 20, ' ');
  large += "{}";
  EXPECT_FALSE(parse_json(large, "large"));
}

} // namespace
