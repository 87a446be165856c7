// Goal: archives of floe and of Podman are read alike, only as far as needed, and nothing that is
// damaged, foreign or hostile passes. Method: small archives in all compressions; then every one of
// many flips, cuts and changes.
#include "io/archive/archive_index.pb.h"
#include "io/archive/archive_reader.hpp"
#include "io/archive/archive_tail.hpp"
#include "io/archive/content_digest.hpp"
#include "io/archive/read_summary.hpp"
#include "tests/support/sample_archive.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

namespace {

using namespace floe;
using namespace floe::test;

std::string drain(byte_source& source) {
  std::string out;
  std::string piece(700, '\0');
  while (true) {
    auto got = source.read(std::as_writable_bytes(std::span{piece}));
    EXPECT_TRUE(got) << (got ? "" : describe(got.error()));
    if (!got || *got == 0)
      return out;
    out.append(piece, 0, *got);
  }
}

std::string names_of(const std::vector<archive_member>& members) {
  std::string out;
  for (const auto& member : members)
    out += member.name + " ";
  return out;
}

/// Everything a reader can find wrong: on opening, or on reading all of it.
expected<void> check_whole(const std::string& path, archive_limits limits = {}) {
  auto reader = archive_reader::open(path, limits);
  if (!reader)
    return tl::unexpected{reader.error()};
  return (*reader)->verify();
}

error_code code_of(const expected<void>& checked) {
  return checked ? error_code::none : checked.error().code;
}

struct form {
  const char* name;
  compression method;
  bool indexed;
};
void PrintTo(const form& what, std::ostream* out) {
  *out << what.name;
}

class archive_reader_of : public testing::TestWithParam<form> {
 protected:
  std::string write(const sample_members& members) {
    const auto path = scratch_ / "web.tar";
    if (GetParam().indexed)
      EXPECT_TRUE(pour_sample(members, path, GetParam().method));
    else
      write_file(path, podman_form(members.tar.closed(), GetParam().method));
    return path;
  }

  scratch_directory scratch_;
};

TEST_P(archive_reader_of, knows_the_form_and_the_members) {
  auto reader = archive_reader::open(write(sample_checkpoint()));
  ASSERT_TRUE(reader) << describe(reader.error());
  EXPECT_EQ((*reader)->method(), GetParam().method);
  EXPECT_EQ((*reader)->indexed(), GetParam().indexed);
  EXPECT_EQ((*reader)->digest().size(), GetParam().indexed ? 64u : 0u);
  EXPECT_EQ((*reader)->engine().empty(), !GetParam().indexed);
  const auto notes = (*reader)->notes();
  EXPECT_EQ(notes.warnings.size(), GetParam().indexed ? 1u : 0u);
  const auto labels = notes.volume("data").labels;
  EXPECT_EQ(labels.size(), GetParam().indexed ? 1u : 0u);
  if (!labels.empty()) {
    EXPECT_EQ(labels.front(), (std::pair<std::string, std::string>{"tier", "db"}));
  }
  const auto members = (*reader)->members();
  ASSERT_TRUE(members) << describe(members.error());
  EXPECT_EQ(names_of(*members),
            "config.dump checkpoint checkpoint/inventory.img "
            "checkpoint/pages-1.img volumes/data.tar network.status spec.dump ");
  EXPECT_EQ(members->at(3).size, 9000u);
  EXPECT_TRUE((*reader)->verify());
}

TEST_P(archive_reader_of, hands_out_documents_and_members) {
  auto reader = archive_reader::open(write(sample_checkpoint()));
  ASSERT_TRUE(reader) << describe(reader.error());
  EXPECT_EQ((*reader)->document("config.dump"), R"({"id":"1","name":"web"})");
  EXPECT_EQ((*reader)->document("spec.dump"), R"({"ociVersion":"1.0.2"})");
  EXPECT_EQ((*reader)->document("deleted.files").error().code, error_code::no_such_file);
  const auto members = (*reader)->members();
  ASSERT_TRUE(members);
  auto source = (*reader)->open_member(members->at(3));
  ASSERT_TRUE(source) << describe(source.error());
  EXPECT_EQ(drain(**source), noise(9000));
  EXPECT_EQ((*reader)->open_member({"nothing", 0, 0, '0'}).error().code, error_code::no_such_file);
}

TEST_P(archive_reader_of, is_summed_up) {
  auto reader = archive_reader::open(write(sample_checkpoint()));
  ASSERT_TRUE(reader);
  const auto summary = read_summary(**reader);
  ASSERT_TRUE(summary) << describe(summary.error());
  EXPECT_EQ(summary->name, "web");
  EXPECT_EQ(summary->memory_bytes, 9000u);
  EXPECT_EQ(summary->images_bytes, 9009u);
  EXPECT_FALSE(summary->rootfs_bytes);
  EXPECT_EQ(summary->files.size(), 7u);
  EXPECT_GT(summary->file_bytes, 9000u);
  EXPECT_EQ(summary->engine.starts_with("floe"), GetParam().indexed);
}

TEST_P(archive_reader_of, visits_members_in_order_whatever_is_left_unread) {
  auto reader = archive_reader::open(write(sample_checkpoint()));
  ASSERT_TRUE(reader);
  std::string seen;
  const auto visited = (*reader)->visit([&](const archive_member& member, byte_source& source) {
    seen += member.name + ":";
    if (member.name == "checkpoint/inventory.img")
      seen += drain(source);
    return expected<void>{};
  });
  ASSERT_TRUE(visited) << describe(visited.error());
  EXPECT_EQ(seen, "config.dump:checkpoint:checkpoint/inventory.img:inventorycheckpoint/pages-1.img:"
                  "volumes/data.tar:network.status:spec.dump:");
  std::stop_source stop;
  stop.request_stop();
  const auto ignore = [](const archive_member&, byte_source&) { return expected<void>{}; };
  EXPECT_EQ(code_of((*reader)->visit(ignore, stop.get_token())), error_code::cancelled);
}

TEST_P(archive_reader_of, refuses_every_cut_and_every_addition) {
  const auto path = write(sample_checkpoint());
  const auto whole = read_file(path);
  const auto unprotected =
      sample_checkpoint().tar.closed().size(); // of a plain tar: padding is allowed
  for (size_t cut = 0; cut < whole.size(); cut += cut % 397 + 1) {
    write_file(path, whole.substr(0, cut));
    const auto checked = check_whole(path);
    if (GetParam().method == compression::none && cut == unprotected)
      continue; // the index is gone without a trace
    EXPECT_EQ(code_of(checked), error_code::archive_damaged) << cut;
  }
  write_file(path, whole + "x");
  EXPECT_EQ(code_of(check_whole(path)), error_code::archive_damaged);
}

INSTANTIATE_TEST_SUITE_P(forms, archive_reader_of,
                         testing::Values(form{"floe_zstd", compression::zstd, true},
                                         form{"floe_gzip", compression::gzip, true},
                                         form{"floe_raw", compression::raw, true},
                                         form{"floe_none", compression::none, true},
                                         form{"podman_zstd", compression::zstd, false},
                                         form{"podman_gzip", compression::gzip, false},
                                         form{"podman_none", compression::none, false}),
                         [](const auto& info) { return std::string{info.param.name}; });

/// A plain archive as floe wrote it when SHA-256 was the digest of its frames.
std::string with_index_version_1(const std::string& archive) {
  const auto length_at = archive.size() - 16;
  uint64_t length = 0;
  std::memcpy(&length, archive.data() + length_at, sizeof length);
  const auto index_at = archive.size() - tail_format::trailer_bytes - length;
  archive::Index index;
  EXPECT_TRUE(index.ParseFromString(archive.substr(index_at, length)));
  index.set_version(1);
  for (auto& frame : *index.mutable_frames()) {
    const auto stored = std::string_view{archive}.substr(frame.offset(), frame.stored_size());
    const auto digest = digest_of(digest_method::sha256, std::as_bytes(std::span{stored}));
    frame.set_digest(digest.data(), digest.size());
  }
  return archive.substr(0, index_at) +
         archive_tail(compression::none, index.SerializeAsString(), index);
}

TEST(archive_of_version_1, is_read_and_checked_as_ever) {
  const scratch_directory scratch;
  const auto path = scratch / "web.tar";
  ASSERT_TRUE(pour_sample(sample_checkpoint(), path, compression::none));
  auto old = with_index_version_1(read_file(path));
  write_file(path, old);
  EXPECT_EQ(code_of(check_whole(path)), error_code::none);
  old[1000] = static_cast<char>(old[1000] ^ 1);
  write_file(path, old);
  EXPECT_EQ(code_of(check_whole(path)), error_code::archive_damaged);
}

class indexed_archive : public testing::TestWithParam<compression> {
 protected:
  indexed_archive() { EXPECT_TRUE(pour_sample(sample_checkpoint(), path_, GetParam())); }

  scratch_directory scratch_;
  std::string path_ = scratch_ / "web.tar";
};

TEST_P(indexed_archive, refuses_every_flipped_bit) {
  const auto whole = read_file(path_);
  // Frames are covered by one digest each: some bytes of them. Of what stands behind them, and that
  // is no longer than this, every byte.
  constexpr size_t tail_bytes = 1500;
  for (size_t byte = 0; byte < whole.size(); byte += byte + tail_bytes < whole.size() ? 41 : 1) {
    auto flipped = whole;
    flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << byte % 8));
    write_file(path_, flipped);
    const auto code = code_of(check_whole(path_));
    // A changed magic at the front makes it another kind of file.
    if (byte < 6 && code != error_code::none)
      continue;
    ASSERT_EQ(code, error_code::archive_damaged) << byte << " of " << whole.size();
  }
}

TEST_P(indexed_archive, reads_several_members_at_once) {
  auto reader = archive_reader::open(path_);
  ASSERT_TRUE(reader);
  const auto members = (*reader)->members();
  ASSERT_TRUE(members);
  std::vector<std::string> found(8);
  {
    std::vector<std::jthread> threads;
    for (auto& text : found)
      threads.emplace_back([&] {
        auto source = (*reader)->open_member(members->at(3));
        if (source)
          text = drain(**source);
      });
  }
  for (const auto& text : found)
    EXPECT_EQ(text, noise(9000));
}

TEST_P(indexed_archive, reads_no_more_than_a_member_needs) {
  // The images lie in the middle; destroying them leaves the documents readable and is found by
  // verify.
  auto bytes = read_file(path_);
  const auto middle = bytes.find(noise(9000).substr(5000, 16));
  if (middle == std::string::npos)
    GTEST_SKIP() << "this compression hides the place";
  bytes[middle] = static_cast<char>(bytes[middle] ^ 1);
  write_file(path_, bytes);
  auto reader = archive_reader::open(path_);
  ASSERT_TRUE(reader);
  EXPECT_TRUE((*reader)->document("config.dump"));
  EXPECT_TRUE((*reader)->document("spec.dump"));
  EXPECT_EQ(code_of((*reader)->verify()), error_code::archive_damaged);
  auto source = (*reader)->open_member((*reader)->members()->at(3));
  std::string piece(100'000, '\0');
  expected<size_t> got = size_t{1};
  while (source && got && *got > 0)
    got = (*source)->read(std::as_writable_bytes(std::span{piece}));
  EXPECT_FALSE(source && got) << "no byte of a frame before its digest is checked";
}

TEST_P(indexed_archive, refuses_an_index_that_does_not_describe_its_tar) {
  for (const int change : {0, 1, 2, 3}) {
    auto members = sample_checkpoint();
    auto& image = members.list[2];
    if (change == 0)
      image.name = "checkpoint/other.img";
    if (change == 1)
      image.size -= 1;
    if (change == 2)
      image.data_offset += 1;
    if (change == 3)
      members.list.erase(members.list.begin() + 2);
    ASSERT_TRUE(pour_sample(members, path_, GetParam()));
    auto reader = archive_reader::open(path_);
    ASSERT_TRUE(reader) << describe(reader.error());
    EXPECT_EQ(code_of((*reader)->verify()), error_code::archive_damaged) << change;
    if (change < 3) {
      const auto opened = (*reader)->open_member((*reader)->members()->at(2));
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().code, error_code::archive_damaged);
    }
  }
}

TEST_P(indexed_archive, refuses_members_that_lie_outside_or_have_bad_names) {
  auto members = sample_checkpoint();
  members.list.back().size = 1'000'000;
  ASSERT_TRUE(pour_sample(members, path_, GetParam()));
  EXPECT_EQ(code_of(check_whole(path_)), error_code::archive_damaged);
  for (const auto* name :
       {"../x", "/etc/passwd", "checkpoint/../../x", "unknown", "volumes/..tar", ""}) {
    members = sample_checkpoint();
    members.list[2].name = name;
    ASSERT_TRUE(pour_sample(members, path_, GetParam()));
    const auto reader = archive_reader::open(path_);
    ASSERT_FALSE(reader) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(methods, indexed_archive,
                         testing::Values(compression::zstd, compression::gzip, compression::none,
                                         compression::raw),
                         [](const auto& info) { return std::string{to_string(info.param)}; });

} // namespace
