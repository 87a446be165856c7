// Goal: each method's frames are what FORMAT.md says and decode to the same bytes in every decoder
// at hand. Method: contents that are short, long, compressible and not; libzstd, zlib and the bytes
// themselves as the judges.
#include "io/pour/frame_codec.hpp"
#include "io/pour/window.hpp"
#include "tests/support/sample_rope.hpp"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace floe {

namespace {

std::vector<std::string> contents() {
  return {"x", std::string(1024, '\0'), test::noise(131'072), test::noise(131'073),
          test::noise(1'000'000) + std::string(3'000'000, 'y')};
}

std::string encode(frame_codec& codec, const std::string& content) {
  std::vector<std::byte> out(codec.frame_bytes_max(content.size()));
  auto stored = codec.encode(std::as_bytes(std::span{content}), out);
  if (!stored)
    return describe(stored.error());
  return {reinterpret_cast<const char*>(stored->data()), stored->size()};
}

std::string decode_zstd(const std::string& frame) {
  const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
    return "the frame does not tell the size of its content";
  std::string out(size, '\0');
  const auto got = ZSTD_decompress(out.data(), out.size(), frame.data(), frame.size());
  return ZSTD_isError(got) ? ZSTD_getErrorName(got) : out;
}

std::string decode_gzip(const std::string& frame, size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(frame.data()));
  stream.avail_in = static_cast<uInt>(frame.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const auto end = inflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return end == Z_STREAM_END && stream.avail_in == 0 ? out : "not exactly one member";
}

} // namespace

TEST(zstd_codec, writes_frames_with_size_and_checksum) {
  auto codec = make_frame_codec(compression::zstd);
  ASSERT_TRUE(codec);
  for (const auto& content : contents()) {
    auto frame = encode(**codec, content);
    EXPECT_TRUE(decode_zstd(frame) == content);
    EXPECT_EQ(ZSTD_findFrameCompressedSize(frame.data(), frame.size()), frame.size());
    frame.back() = static_cast<char>(frame.back() ^ 1);
    EXPECT_FALSE(decode_zstd(frame) == content) << "no checksum";
  }
}

TEST(zstd_codec, keeps_windows_of_the_highest_level_readable_everywhere) {
  auto codec = make_frame_codec(compression::zstd, ZSTD_maxCLevel());
  ASSERT_TRUE(codec);
  const auto content = std::string(200'000, 'z');
  EXPECT_TRUE(decode_zstd(encode(**codec, content)) == content);
}

TEST(raw_codec, writes_zstd_frames_of_raw_blocks) {
  auto codec = make_frame_codec(compression::raw);
  ASSERT_TRUE(codec);
  for (const auto& content : contents()) {
    auto frame = encode(**codec, content);
    EXPECT_TRUE(decode_zstd(frame) == content);
    EXPECT_EQ(frame.size(), (*codec)->frame_bytes_max(content.size()));
    frame[12] = static_cast<char>(frame[12] ^ 1);
    EXPECT_FALSE(decode_zstd(frame) == content) << "no checksum";
  }
}

TEST(gzip_codec, writes_one_member_for_each_window) {
  auto codec = make_frame_codec(compression::gzip, 1);
  ASSERT_TRUE(codec);
  for (const auto& content : contents())
    EXPECT_TRUE(decode_gzip(encode(**codec, content), content.size()) == content);
}

TEST(plain_codec, hands_the_content_through) {
  auto codec = make_frame_codec(compression::none);
  ASSERT_TRUE(codec);
  const std::string content = "as it is";
  auto stored = (*codec)->encode(std::as_bytes(std::span{content}), {});
  ASSERT_TRUE(stored);
  EXPECT_EQ(static_cast<const void*>(stored->data()), content.data());
  EXPECT_EQ(stored->size(), content.size());
}

TEST(frame_codec, gives_equal_frames_for_equal_content) {
  for (auto method : {compression::zstd, compression::gzip, compression::raw}) {
    auto used = make_frame_codec(method);
    auto fresh = make_frame_codec(method);
    ASSERT_TRUE(used && fresh);
    encode(**used, test::noise(100'000));
    EXPECT_EQ(encode(**used, "again"), encode(**fresh, "again"));
  }
}

TEST(frame_codec, refuses_levels_that_the_method_does_not_know) {
  for (auto [method, level] :
       {std::pair{compression::zstd, 23}, {compression::gzip, 10}, {compression::gzip, -1}}) {
    auto codec = make_frame_codec(method, level);
    ASSERT_FALSE(codec);
    EXPECT_EQ(codec.error().code, error_code::usage);
    EXPECT_NE(codec.error().advice.find("choose one from"), std::string::npos);
  }
}

} // namespace floe
