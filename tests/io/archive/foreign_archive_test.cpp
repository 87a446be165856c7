// Goal: archives of others are read if they are checkpoints and refused with the right code if they
// are broken, bombs, or try to bring along what does not belong there. Method: archives made byte
// by byte.
#include "io/archive/archive_reader.hpp"
#include "io/archive/decoder.hpp"
#include "tests/support/memory_source.hpp"
#include "tests/support/sample_archive.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

namespace {

using namespace floe;
using namespace floe::test;
using error_code::archive_damaged;
using error_code::archive_foreign;
using error_code::archive_refused;

class foreign_archive : public testing::Test {
 protected:
  error_code check(const std::string& bytes) {
    write_file(path_, bytes);
    auto reader = archive_reader::open(path_);
    if (!reader)
      return remember(reader.error());
    const auto checked = (*reader)->verify();
    return checked ? error_code::none : remember(checked.error());
  }

  error_code remember(const error& what) {
    message_ = describe(what);
    return what.code;
  }

  /// A good archive with one member more in the middle.
  static sample_members with(const std::string& name, char type = '0',
                             const std::string& link = {}) {
    sample_members out;
    out.add("config.dump", "{}");
    out.add(name, type == '0' ? "data" : "", type, link);
    out.add("spec.dump", "{}");
    return out;
  }

  scratch_directory scratch_;
  std::string path_ = scratch_ / "a.tar";
  std::string message_;
};

TEST_F(foreign_archive, takes_podmans_names) {
  for (const auto* name :
       {"./artifacts/x", "devshm-checkpoint.tar", "network.status", "stats-dump", "ctr.log",
        "checkpoint/tmpfs-dev-73.tar.gz.img", "pre-checkpoint/pages-1.img", "rootfs-diff.tar",
        "deleted.files", "volumes/my_vol.1-2.tar", "./checkpoint//core-1.img"})
    EXPECT_EQ(check(with(name).tar.closed()), error_code::none) << name << ": " << message_;
  for (const auto* name : {"artifacts/", "checkpoint/", "./", "volumes/"})
    EXPECT_EQ(check(with(name, '5').tar.closed()), error_code::none) << name << ": " << message_;
  EXPECT_EQ(check(with("checkpoint/parent", '2', "../pre-checkpoint").tar.closed()),
            error_code::none);
}

TEST_F(foreign_archive, refuses_all_other_names_and_types) {
  for (const auto* name :
       {"../config.dump", "/etc/passwd", "restore.log", "config.json", "zz.manifest",
        "checkpoint/../x", "checkpoint/a/b", "checkpoint/\x1b[31m", "volumes/x", "volumes/.tar",
        "volumes/../x.tar", "config.dump.bak", "checkpoint-foo", "volumes/a b.tar", "checkpoint",
        "config.dump/"})
    EXPECT_EQ(check(with(name).tar.closed()), archive_refused) << name << ": " << message_;
  for (const auto type : {'1', '2', '3', '4', '6', '7', 'S', 'Z'})
    EXPECT_EQ(check(with("checkpoint/pages-1.img", type, "/dev/sda").tar.closed()), archive_refused)
        << type << ": " << message_;
  EXPECT_EQ(check(with("checkpoint/parent", '2', "../../etc").tar.closed()), archive_refused);
  EXPECT_EQ(check(with("restore.log", '2', "../pre-checkpoint").tar.closed()), archive_refused);
  EXPECT_EQ(check(with("checkpoint/x/", '5').tar.closed()), archive_refused);
  EXPECT_EQ(check(with("config.dump").tar.closed()), archive_refused) << "twice";
  EXPECT_EQ(check(with("./spec.dump").tar.closed()), archive_refused) << "twice in disguise";
}

TEST_F(foreign_archive, names_the_member_and_its_place_without_control_characters) {
  ASSERT_EQ(check(with("checkpoint/\x1b[31m\n").tar.closed()), archive_refused);
  EXPECT_NE(message_.find(R"("checkpoint/\x1b[31m\x0a", whose data is at byte 1536)"),
            std::string::npos)
      << message_;
}

TEST_F(foreign_archive, tells_other_files_apart) {
  EXPECT_EQ(check(""), archive_damaged);
  EXPECT_EQ(check("hello"), archive_damaged);
  EXPECT_EQ(check(std::string(5000, 'x')), archive_foreign);
  EXPECT_EQ(check(zstd_of(std::string(5000, 'x'))), archive_foreign);
  EXPECT_EQ(check("BZh91AY&SY"), archive_refused);
  EXPECT_EQ(check(std::string{"\xfd"
                              "7zXZ\0more",
                              10}),
            archive_refused);
  sample_members no_spec;
  no_spec.add("config.dump", "{}");
  EXPECT_EQ(check(no_spec.tar.closed()), archive_foreign);
  EXPECT_NE(message_.find("spec.dump"), std::string::npos);
  std::filesystem::create_directory(scratch_ / "directory");
  EXPECT_EQ(archive_reader::open(scratch_ / "directory").error().code, archive_foreign);
  EXPECT_EQ(archive_reader::open(scratch_ / "none").error().code, error_code::archive_unreadable);
}

TEST_F(foreign_archive, takes_frames_and_members_in_any_number) {
  const auto tar = with("ctr.log").tar.closed();
  const auto first = tar.substr(0, 700);
  const auto rest = tar.substr(700);
  const std::string skippable{"\x50\x2a\x4d\x18\x03\0\0\0abc", 11};
  EXPECT_EQ(check(zstd_of(first) + zstd_of(rest)), error_code::none) << message_;
  EXPECT_EQ(check(zstd_of(first) + skippable + zstd_of(rest) + skippable), error_code::none)
      << message_;
  EXPECT_EQ(check(zstd_of(first) + zstd_of("") + zstd_of(rest, false)), error_code::none)
      << message_;
  EXPECT_EQ(check(gzip_of(first) + gzip_of("") + gzip_of(rest)), error_code::none) << message_;
}

TEST_F(foreign_archive, refuses_broken_streams) {
  const auto tar = with("ctr.log").tar.closed();
  const std::string index_frame{"\x5d\x2a\x4d\x18\x03\0\0\0abc", 11};
  const std::string index_member{
      "\x1f\x8b\x08\x04\0\0\0\0\0\xff\x05\0FL\x01\0x\x03\0\0\0\0\0\0\0\0\0", 27};
  EXPECT_EQ(check(zstd_of(tar) + "garbage"), archive_damaged);
  EXPECT_EQ(check(zstd_of(tar) + std::string(8, '\0')), archive_damaged);
  EXPECT_EQ(check(zstd_of(tar) + gzip_of(tar)), archive_damaged);
  EXPECT_EQ(check(zstd_of(tar) + index_frame), archive_damaged) << "an index without its end";
  EXPECT_EQ(check(zstd_of(tar) + std::string{"\x50\x2a\x4d\x18\xff\0\0\0abc", 11}),
            archive_damaged);
  EXPECT_EQ(check(gzip_of(tar) + "garbage"), archive_damaged);
  EXPECT_EQ(check(gzip_of(tar) + index_member), archive_damaged) << "an index without its end";
  auto flipped = zstd_of(tar);
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  EXPECT_EQ(check(flipped), archive_damaged) << "the checksum behind the end of the tar";
  flipped = gzip_of(tar);
  flipped[flipped.size() - 5] = static_cast<char>(flipped[flipped.size() - 5] ^ 1);
  EXPECT_EQ(check(flipped), archive_damaged);
  EXPECT_EQ(check(tar + tar), archive_damaged);
  EXPECT_EQ(check(tar + "FLOEIDX1"), archive_damaged) << "an index without its end";
}

TEST_F(foreign_archive, refuses_documents_that_are_too_large) {
  sample_members members;
  members.add("config.dump", std::string(2000, ' '));
  members.add("spec.dump", "{}");
  write_file(path_, members.tar.closed());
  auto reader = archive_reader::open(path_, {.document_bytes_max = 1999});
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->members().error().code, archive_refused);
}

TEST(decoder, refuses_bombs) {
  const std::string zeros(size_t{64} << 20, '\0');
  for (const auto method : {compression::zstd, compression::gzip}) {
    memory_source stored{podman_form(zeros, method)};
    const auto decoded = make_decoder(method, stored, "a bomb",
                                      {.expansion_max = 100, .expansion_slack = size_t{1} << 20});
    std::vector<std::byte> piece(100'000);
    uint64_t content = 0;
    auto got = decoded->read(piece);
    for (; got && *got > 0; got = decoded->read(piece))
      content += *got;
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, archive_refused);
    EXPECT_LT(content, zeros.size());
  }
}

TEST(decoder, refuses_windows_that_other_readers_cannot_take) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 28);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  std::string out(1000, '\0');
  ZSTD_outBuffer target{out.data(), out.size(), 0};
  ZSTD_inBuffer input{"hello", 5, 0};
  ZSTD_compressStream2(context, &target, &input, ZSTD_e_flush);
  ZSTD_compressStream2(context, &target, &input, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  out.resize(target.pos);
  memory_source stored{out};
  const auto decoded = make_decoder(compression::zstd, stored, "a wide window");
  std::vector<std::byte> piece(100);
  EXPECT_FALSE(decoded->read(piece));
}

} // namespace
