// Goal: a written archive is, to the byte, what FORMAT.md says, in all four methods, and every
// common tool reads its tar. Method: the sample archive is poured; its layout is checked against
// its own index, its content by the zstd, gzip and tar programs.
#include "io/archive/archive_index.pb.h"
#include "io/archive/archive_tail.hpp"
#include "io/archive/content_digest.hpp"
#include "io/posix/process.hpp"
#include "io/pour/frame_codec.hpp"
#include "io/pour/pour_to_file.hpp"
#include "tests/support/sample_rope.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace floe {

namespace {

uint64_t little_endian(std::string_view bytes) {
  uint64_t out = 0;
  for (size_t i = bytes.size(); i-- > 0;)
    out = out << 8 | static_cast<unsigned char>(bytes[i]);
  return out;
}

/// The stored index, found as FORMAT.md section 5 says; for gzip only one that fits into one
/// member.
std::string stored_index(compression method, const std::string& file) {
  auto end = file.size();
  if (method == compression::gzip)
    end -= 10;
  if (method == compression::zstd || method == compression::raw)
    end -= 17 + 8 * little_endian(std::string_view{file}.substr(end - 9, 4));
  const auto length = little_endian(std::string_view{file}.substr(end - 16, 8));
  return file.substr(end - tail_format::trailer_bytes - length, length);
}

expected<std::string> output_of(std::vector<std::string> arguments) {
  process_request request;
  request.arguments = std::move(arguments);
  request.output = process_stream::capture(size_t{64} << 20);
  auto result = run_process(request);
  if (!result)
    return tl::unexpected{result.error()};
  if (!result->succeeded())
    return fail(error_code::io_failed, request.arguments[0], describe_end(*result));
  if (!result->errors.empty())
    return fail(error_code::io_failed, request.arguments[0], result->errors);
  return std::move(result->output);
}

} // namespace

class pour_to_file_test : public ::testing::TestWithParam<compression> {
 protected:
  void SetUp() override {
    sample.fill_up();
    options.target = out / "a.tar";
    options.method = GetParam();
    options.window_bytes = 1u << 20;
    options.sync = false;
    options.notes.warnings = {"socket left out"};
  }

  pour_report pour() {
    auto report = pour_to_file(sample.content, options);
    EXPECT_TRUE(report) << describe(report.error());
    file = test::read_file(options.target);
    return report ? *report : pour_report{};
  }

  test::scratch_directory place;
  test::scratch_directory out;
  test::sample_rope sample{place};
  pour_options options;
  std::string file;
};

TEST_P(pour_to_file_test, covers_every_byte_by_a_digest_or_by_the_tail) {
  auto report = pour();
  EXPECT_EQ(report.bytes_written, file.size());
  EXPECT_EQ(report.bytes_read, sample.bytes.size());
  const auto serialized = stored_index(GetParam(), file);
  EXPECT_EQ(report.digest, archive_digest(serialized));
  archive::Index index;
  ASSERT_TRUE(index.ParseFromString(serialized));
  uint64_t end = 0;
  uint64_t content_end = 0;
  for (const auto& frame : index.frames()) {
    EXPECT_EQ(frame.offset(), end);
    EXPECT_EQ(frame.content_offset(), content_end);
    end += frame.stored_size();
    content_end += frame.content_size();
    auto digest =
        digest_of(digest_method::blake3,
                  std::as_bytes(std::span{file}.subspan(frame.offset(), frame.stored_size())));
    EXPECT_EQ(frame.digest(), std::string(reinterpret_cast<const char*>(digest.data()), 32));
  }
  EXPECT_EQ(content_end, index.content_size());
  EXPECT_EQ(index.frames().rbegin()->content_size(), 1024u);
  EXPECT_EQ(file.substr(end), archive_tail(GetParam(), serialized, index));
}

TEST_P(pour_to_file_test, lists_members_and_warnings_in_the_index) {
  pour();
  archive::Index index;
  ASSERT_TRUE(index.ParseFromString(stored_index(GetParam(), file)));
  EXPECT_EQ(index.version(), 2u);
  EXPECT_EQ(index.compression(), to_string(GetParam()));
  EXPECT_TRUE(index.engine().starts_with("floe "));
  ASSERT_EQ(index.members_size(), 24);
  EXPECT_EQ(index.members(0).name(), "config.dump");
  EXPECT_EQ(index.members(23).name(), "spec.dump");
  const auto& pages = index.members(21);
  EXPECT_EQ(pages.name(), "checkpoint/pages-1.img");
  EXPECT_EQ(pages.size(), 5'900'001u);
  ASSERT_EQ(index.warnings_size(), 1);
}

TEST_P(pour_to_file_test, is_one_plain_tar_for_other_programs) {
  pour();
  std::vector<std::string> decoder{"cat", options.target};
  if (GetParam() == compression::gzip)
    decoder = {"gzip", "-dc", options.target};
  if (GetParam() == compression::zstd || GetParam() == compression::raw)
    decoder = {"zstd", "-qdc", options.target};
  auto decoded = output_of(decoder);
  ASSERT_TRUE(decoded) << describe(decoded.error());
  EXPECT_TRUE(decoded->starts_with(sample.bytes));
  EXPECT_EQ(decoded->size() == sample.bytes.size(), GetParam() != compression::none);
  auto pages = output_of({"tar", "-xOf", options.target, "checkpoint/pages-1.img"});
  ASSERT_TRUE(pages) << describe(pages.error());
  EXPECT_TRUE(*pages == sample.bytes.substr(sample.content.members()[21].data_offset, 5'900'001));
  auto names = output_of({"tar", "-tf", options.target});
  ASSERT_TRUE(names) << describe(names.error());
  EXPECT_EQ(std::ranges::count(*names, '\n'), 24);
}

TEST_P(pour_to_file_test, gives_equal_bytes_for_equal_content) {
  pour();
  const auto first = file;
  options.overwrite = true;
  options.sync = true;
  pour();
  EXPECT_TRUE(file == first);
}

TEST_P(pour_to_file_test, records_a_changed_file_in_the_index) {
  test::write_file(place / "small-3", "other");
  auto report = pour();
  ASSERT_EQ(report.changed.size(), 1u);
  archive::Index index;
  ASSERT_TRUE(index.ParseFromString(stored_index(GetParam(), file)));
  ASSERT_EQ(index.warnings_size(), 2);
  EXPECT_EQ(index.warnings(1), describe(report.changed[0]));
}

TEST_P(pour_to_file_test, leaves_nothing_when_it_is_cancelled) {
  std::stop_source stop;
  stop.request_stop();
  auto report = pour_to_file(sample.content, options, stop.get_token());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, error_code::cancelled);
  EXPECT_TRUE(std::filesystem::is_empty(out.path()));
}

INSTANTIATE_TEST_SUITE_P(methods, pour_to_file_test,
                         ::testing::Values(compression::zstd, compression::gzip, compression::none,
                                           compression::raw),
                         [](const auto& info) { return std::string{to_string(info.param)}; });

TEST(pour_to_file, refuses_a_window_that_is_out_of_range) {
  test::scratch_directory place;
  test::sample_rope sample{place};
  sample.fill_up();
  pour_options options;
  options.target = place / "a.tar";
  options.window_bytes = 0;
  EXPECT_EQ(pour_to_file(sample.content, options).error().code, error_code::usage);
}

} // namespace floe
