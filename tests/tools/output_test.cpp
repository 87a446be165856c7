// Goal: tables, sizes, times, templates and values of options read as documented. Method: examples.
#include "tools/option_values.hpp"
#include "tools/output.hpp"

#include <gtest/gtest.h>

namespace floe {
namespace {

using namespace std::chrono_literals;

TEST(table, aligns_columns_by_their_widest_cell) {
  table rows{{"NAME", "STATE"}};
  rows.add({"web", "up"});
  rows.add({"a-long-name", "down"});
  rows.add({"é", ""});
  EXPECT_EQ(rows.render(), "NAME          STATE\nweb           up\na-long-name   down\né\n");
}

TEST(table, shows_no_control_characters) {
  table rows{{"NAME"}};
  rows.add({"a\x1b[2Jb"});
  EXPECT_EQ(rows.render(), "NAME\na?[2Jb\n");
}

TEST(human_size, counts_in_powers_of_1000) {
  EXPECT_EQ(human_size(0), "0B");
  EXPECT_EQ(human_size(999), "999B");
  EXPECT_EQ(human_size(1'500), "1.5kB");
  EXPECT_EQ(human_size(12'345'678), "12.3MB");
  EXPECT_EQ(human_size(999'999), "1MB");
  EXPECT_EQ(human_size(UINT64_MAX), "18.4EB");
}

TEST(human_duration, uses_the_unit_that_fits) {
  EXPECT_EQ(human_duration(85'000), "85 ms");
  EXPECT_EQ(human_duration(3'240'000), "3.2 s");
  EXPECT_EQ(human_duration(250'000'000), "4 min 10 s");
  EXPECT_EQ(human_duration(7'260'000'000), "2 h 1 min");
}

TEST(human_age, speaks_in_whole_units) {
  EXPECT_EQ(human_age(1s), "1 second");
  EXPECT_EQ(human_age(-5s), "0 seconds");
  EXPECT_EQ(human_age(150s), "2 minutes");
  EXPECT_EQ(human_age(30h), "30 hours");
  EXPECT_EQ(human_age(24h * 20), "2 weeks");
}

TEST(known_time, reads_rfc_3339) {
  const auto time = known_time("2026-01-31T23:59:59.25Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(*time, known_time("2026-02-01T01:59:59.250000000+02:00"));
  EXPECT_EQ(time->time_since_epoch().count() % 1'000'000'000, 250'000'000);
  for (const auto* bad : {"", "now", "2026-01-31", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z",
                          "2026-01-31T23:59:59"})
    EXPECT_FALSE(known_time(bad)) << bad;
}

TEST(fill_template, looks_values_up_by_their_path) {
  const json object = {{"Name", "web"}, {"State", {{"Pid", 7}}}, {"Empty", ""}};
  EXPECT_EQ(fill_template("{{.Name}}: {{ .State.Pid }}", object), "web: 7");
  EXPECT_EQ(fill_template("{{json .State}}{{.Empty}}", object), "{\"Pid\":7}");
  EXPECT_EQ(fill_template("{{.No.Such}}", object), "<no value>");
  EXPECT_EQ(fill_template("table {{.Name}}\\t{{.Name}}\\n", object), "web\tweb\n");
  EXPECT_FALSE(fill_template("{{range .Name}}", object));
  EXPECT_FALSE(fill_template("{{.Name", object));
}

TEST(parse_size, reads_podmans_units) {
  EXPECT_EQ(parse_size("512"), 512U);
  EXPECT_EQ(parse_size("64k"), 65'536U);
  EXPECT_EQ(parse_size("1.5m"), 1'572'864U);
  EXPECT_EQ(parse_size("1GiB"), uint64_t{1} << 30);
  for (const auto* bad : {"", "m", "1x", "-1", "1e3", "9999999999999999t", "nan"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(parse_entrypoint, reads_a_word_or_an_array) {
  EXPECT_EQ(parse_entrypoint("/bin/sh"), (std::vector<std::string>{"/bin/sh"}));
  EXPECT_EQ(parse_entrypoint("[\"a\",\"b\"]"), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(parse_entrypoint("[1]"));
}

} // namespace
} // namespace floe
