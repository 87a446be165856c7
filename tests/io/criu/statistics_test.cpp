// Goal: CRIU's statistics are read to the byte. Method: files of real dumps and restores
// (behaviours.md section 18), and the same files broken.
#include "io/criu/statistics.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

namespace {

using namespace floe;

std::string from_hex(std::string_view digits) {
  std::string out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string{digits.substr(i, 2)}, nullptr, 16));
  return out;
}

const auto dump =
    from_hex("4059105506330957230000000a2108e294061083d40318a304207a28303000382240004800"
             "5008580860006800"
             "7000");
const auto other_dump =
    from_hex("4059105506330957220000000a2008ed0210f4b10418bb022055281d3000381540004800500458046000"
             "68007000");
const auto restored = from_hex("40591055063309570e000000120c0800100018012081d6062815");

TEST(criu_statistics_of, dumps_are_read) {
  const auto read = parse_criu_statistics(dump, "stats-dump");
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(read->freezing_time, 100'962u);
  EXPECT_EQ(read->frozen_time, 59'907u);
  EXPECT_EQ(read->memdump_time, 547u);
  EXPECT_EQ(read->memwrite_time, 122u);
  EXPECT_EQ(read->pages_scanned, 48u);
  EXPECT_EQ(read->pages_written, 34u);
  const auto other = parse_criu_statistics(other_dump, "stats-dump");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->freezing_time, 365u);
  EXPECT_EQ(other->frozen_time, 71'924u);
  EXPECT_EQ(other->pages_written, 21u);
}

TEST(criu_statistics_of, restores_are_read_from_a_file) {
  const test::scratch_directory scratch;
  test::write_file(scratch / "stats-restore", restored);
  const auto read = read_criu_statistics(scratch / "stats-restore");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pages_compared, 0u);
  EXPECT_EQ(read->forking_time, 1u);
  EXPECT_EQ(read->restore_time, 109'313u);
  EXPECT_EQ(read->pages_restored, 21u);
  EXPECT_EQ(read_criu_statistics(scratch / "none").error().code, error_code::no_such_file);
}

TEST(criu_statistics_of, broken_files_are_refused) {
  for (size_t cut = 0; cut < dump.size(); ++cut)
    EXPECT_FALSE(parse_criu_statistics(dump.substr(0, cut), "stats-dump")) << cut;
  EXPECT_FALSE(parse_criu_statistics(dump + "x", "stats-dump"));
  for (size_t byte = 0; byte < 12; ++byte) {
    auto flipped = dump;
    flipped[byte] = static_cast<char>(flipped[byte] ^ 1);
    const auto read = parse_criu_statistics(flipped, "stats-dump");
    ASSERT_FALSE(read) << byte;
    EXPECT_EQ(read.error().code, error_code::archive_damaged);
  }
}

} // namespace
