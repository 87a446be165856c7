// Goal: the tail of an archive is the function of the index that FORMAT.md describes, byte for
// byte. Method: small indexes, and the tail compared with what the document says about each place.
#include "io/archive/archive_index.pb.h"
#include "io/archive/archive_tail.hpp"

#include <gtest/gtest.h>

namespace floe {

namespace {

uint64_t number(std::string_view bytes, size_t at, int size) {
  uint64_t out = 0;
  for (int i = size - 1; i >= 0; --i)
    out = out << 8 | static_cast<unsigned char>(bytes.at(at + static_cast<size_t>(i)));
  return out;
}

archive::Index two_frames() {
  archive::Index index;
  index.set_version(2);
  auto* frame = index.add_frames();
  frame->set_stored_size(0x1234);
  frame->set_content_size(0x400000);
  frame = index.add_frames();
  frame->set_stored_size(21);
  frame->set_content_size(1024);
  return index;
}

void expect_trailer(std::string_view trailer, size_t length) {
  EXPECT_EQ(trailer.substr(32, 8), "FLOEIDX1");
  EXPECT_EQ(number(trailer, 40, 8), length);
  EXPECT_EQ(trailer.substr(48, 8), "FLOEIDX1");
}

} // namespace

TEST(archive_tail, stands_bare_behind_an_uncompressed_tar) {
  auto serialized = two_frames().SerializeAsString();
  auto tail = archive_tail(compression::none, serialized, two_frames());
  ASSERT_EQ(tail.size(), serialized.size() + 56);
  EXPECT_EQ(tail.substr(0, serialized.size()), serialized);
  expect_trailer(std::string_view{tail}.substr(serialized.size()), serialized.size());
}

TEST(archive_tail, holds_the_index_and_a_seek_table_in_skippable_frames) {
  auto serialized = two_frames().SerializeAsString();
  auto tail = archive_tail(compression::raw, serialized, two_frames());
  auto payload = serialized.size() + 56;
  ASSERT_EQ(tail.size(), 8 + payload + 8 + 16 + 9);
  EXPECT_EQ(number(tail, 0, 4), 0x184D2A5Du);
  EXPECT_EQ(number(tail, 4, 4), payload);
  expect_trailer(std::string_view{tail}.substr(8 + serialized.size()), serialized.size());
  auto table = 8 + payload;
  EXPECT_EQ(number(tail, table, 4), 0x184D2A5Eu);
  EXPECT_EQ(number(tail, table + 4, 4), 25u);
  EXPECT_EQ(number(tail, table + 8, 4), 0x1234u);
  EXPECT_EQ(number(tail, table + 12, 4), 0x400000u);
  EXPECT_EQ(number(tail, table + 16, 4), 21u);
  EXPECT_EQ(number(tail, table + 20, 4), 1024u);
  EXPECT_EQ(number(tail, table + 24, 4), 2u);
  EXPECT_EQ(number(tail, table + 28, 1), 0u);
  EXPECT_EQ(number(tail, table + 29, 4), 0x8F92EAB1u);
}

TEST(archive_tail, cuts_a_long_index_into_gzip_members_whose_last_are_full) {
  for (size_t length : {size_t{100}, size_t{65531 - 56}, size_t{65531 - 55}, size_t{150000}}) {
    std::string serialized(length, 'x');
    auto tail = archive_tail(compression::gzip, serialized, archive::Index{});
    auto payload = length + 56;
    auto members = (payload + 65530) / 65531;
    ASSERT_EQ(tail.size(), payload + 26 * members);
    EXPECT_EQ(tail.substr(0, 4), std::string_view("\x1f\x8b\x08\x04", 4));
    EXPECT_EQ(number(tail, 14, 2), payload - 65531 * (members - 1));
    EXPECT_EQ(number(tail, 10, 2), number(tail, 14, 2) + 4);
    EXPECT_EQ(tail.substr(12, 2), "FL");
    expect_trailer(std::string_view{tail}.substr(tail.size() - 10 - 56), length);
  }
}

TEST(archive_tail, takes_the_digest_of_the_stored_bytes) {
  EXPECT_EQ(archive_digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

} // namespace floe
