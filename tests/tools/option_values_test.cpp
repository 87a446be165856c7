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

TEST(option_values, published_ports_are_as_podman_writes_them) {
  for (const auto* text :
       {"80", "8080:80", "8080:80/udp", "53:53/TCP,udp", "127.0.0.1:8080:80", "127.0.0.1::80",
        ":80", "[::1]:8080:80/sctp", "8000-8010:9000-9010", "9000-9010"})
    EXPECT_EQ(fault_of_published_port(text), "") << text;
  for (const auto* text :
       {"", "bogus", "0", "99999", "70000:80", "80:bogus", "host:80:80", "80/icmp", "80/tcp,",
        "80/", "10-5", "8080:", "8000-8001:80", "80x", "-80", "1.2.3:1:1", "99999999999:80"})
    EXPECT_NE(fault_of_published_port(text), "") << text;
}

} // namespace
} // namespace floe
