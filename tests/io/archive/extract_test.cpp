// Goal: a nested tar comes back with everything it holds. Method: tars written block by block, and
// by libarchive, are unpacked into a scratch directory and the result is looked at.
#include "io/archive/extract.hpp"
#include "io/posix/unique_fd.hpp"
#include "tests/support/memory_source.hpp"
#include "tests/support/raw_tar.hpp"
#include "tests/support/scratch_directory.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace {

using namespace floe;
using namespace floe::test;
namespace fs = std::filesystem;

class extract : public testing::Test {
 protected:
  extract() : root_{fs::path{scratch_.path()} / "root"} {
    fs::create_directory(root_);
    directory_ = unique_fd{::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  }

  raw_tar tar() const { return raw_tar{::getuid(), ::getgid()}; }

  expected<extract_report> unpack(std::string bytes, extract_policy policy = {}) {
    memory_source source{std::move(bytes), 777};
    return extract_tar(source, directory_.get(), "volumes/data.tar", policy);
  }

  struct stat look(const std::string& name) const {
    struct stat found {};
    EXPECT_EQ(::lstat((root_ / name).c_str(), &found), 0) << name;
    return found;
  }

  static bool is_root() { return ::geteuid() == 0; }

  scratch_directory scratch_;
  fs::path root_;
  unique_fd directory_;
};

TEST_F(extract, makes_files_directories_links_and_fifos) {
  const auto report = unpack(tar()
                                 .directory("./", 0750)
                                 .directory("./etc/", 0711)
                                 .file("./etc/passwd", "root", 04755)
                                 .symlink("./etc/link", "../../somewhere")
                                 .hard_link("./etc/again", "./etc/passwd")
                                 .header({.name = "pipe", .type = '6', .mode = 0622})
                                 .file("deep/er/file", "x")
                                 .closed());
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->entries, 7u);
  EXPECT_EQ(report->bytes, 5u);
  EXPECT_EQ(look(".").st_mode & 07777, 0750u);
  EXPECT_EQ(look("etc").st_mode & 07777, 0711u);
  EXPECT_EQ(look("etc/passwd").st_mode & 07777, 04755u);
  EXPECT_EQ(look("etc/passwd").st_nlink, 2u);
  EXPECT_EQ(look("etc/again").st_ino, look("etc/passwd").st_ino);
  EXPECT_EQ(read_file(root_ / "etc/passwd"), "root");
  EXPECT_EQ(fs::read_symlink(root_ / "etc/link"), "../../somewhere");
  EXPECT_TRUE(S_ISFIFO(look("pipe").st_mode));
  EXPECT_EQ(look("pipe").st_mode & 07777, 0622u);
  EXPECT_EQ(read_file(root_ / "deep/er/file"), "x");
}

TEST_F(extract, sets_times_with_nanoseconds_and_those_of_directories_at_the_end) {
  ASSERT_TRUE(
      unpack(tar()
                 .pax(raw_tar::record("mtime", "1500000000.123456789"))
                 .directory("d")
                 .pax(raw_tar::record("mtime", "-1.5") + raw_tar::record("atime", "7.000000001"))
                 .file("d/old", "1")
                 .symlink("d/link", "old")
                 .closed()));
  EXPECT_EQ(look("d").st_mtim.tv_sec, 1'500'000'000);
  EXPECT_EQ(look("d").st_mtim.tv_nsec, 123'456'789);
  EXPECT_EQ(look("d/old").st_mtim.tv_sec, -2);
  EXPECT_EQ(look("d/old").st_mtim.tv_nsec, 500'000'000);
  EXPECT_EQ(look("d/link").st_mtim.tv_sec, 1'600'000'000);
}

TEST_F(extract, keeps_holes_of_files_with_runs_of_zeros) {
  std::string content(size_t{1} << 20, '\0');
  content.replace(500'000, 4, "data");
  ASSERT_TRUE(unpack(tar().file("sparse", content).closed()));
  EXPECT_EQ(look("sparse").st_size, 1 << 20);
  EXPECT_LE(look("sparse").st_blocks * 512, 64 << 10);
  EXPECT_EQ(read_file(root_ / "sparse"), content);
}

TEST_F(extract, reads_sparse_files_of_pax_1_0) {
  std::string map = "2\n4096\n5\n1000000\n3\n";
  map.resize(512, '\0');
  const auto records = raw_tar::record("GNU.sparse.major", "1") +
                       raw_tar::record("GNU.sparse.minor", "0") +
                       raw_tar::record("GNU.sparse.name", "wide") +
                       raw_tar::record("GNU.sparse.realsize", "1048576");
  ASSERT_TRUE(unpack(tar().pax(records).file("GNUSparseFile.0/wide", map + "helloyou").closed()));
  std::string wanted(size_t{1} << 20, '\0');
  wanted.replace(4096, 5, "hello").replace(1'000'000, 3, "you");
  EXPECT_EQ(read_file(root_ / "wide"), wanted);
  EXPECT_LE(look("wide").st_blocks * 512, 64 << 10);
}

TEST_F(extract, replaces_what_is_there_and_merges_directories) {
  fs::create_directories(root_ / "tree/below");
  std::ofstream{root_ / "tree/below/kept"} << "kept";
  std::ofstream{root_ / "file"} << "old";
  fs::create_symlink(fs::path{scratch_.path()} / "outside", root_ / "link");
  ASSERT_TRUE(unpack(tar()
                         .directory("tree")
                         .file("tree/new", "new")
                         .file("link", "not through it")
                         .directory("file")
                         .closed()));
  EXPECT_EQ(read_file(root_ / "tree/below/kept"), "kept");
  EXPECT_EQ(read_file(root_ / "link"), "not through it");
  EXPECT_FALSE(fs::exists(fs::path{scratch_.path()} / "outside"));
  EXPECT_TRUE(fs::is_directory(root_ / "file"));
  ASSERT_TRUE(unpack(tar().file("tree", "no directory any more").closed()));
  EXPECT_EQ(read_file(root_ / "tree"), "no directory any more");
}

TEST_F(extract, keeps_names_that_are_no_text_and_names_of_whiteouts) {
  ASSERT_TRUE(unpack(
      tar().file("\xff\xfe\n", "1").file(".wh.gone", "2").file(".wh..wh..opq", "").closed()));
  EXPECT_EQ(read_file(root_ / "\xff\xfe\n"), "1");
  EXPECT_EQ(read_file(root_ / ".wh.gone"), "2");
  EXPECT_TRUE(fs::exists(root_ / ".wh..wh..opq"));
}

TEST_F(extract, sets_attributes_acls_and_capabilities) {
  if (!is_root())
    GTEST_SKIP() << "needs root";
  // An ACL that gives user 1000 read access: version, then tag, permissions and id of each line.
  const std::string acl{"\2\0\0\0"
                        "\1\0\6\0\xff\xff\xff\xff"
                        "\2\0\4\0\xe8\3\0\0"
                        "\4\0\4\0\xff\xff\xff\xff"
                        "\x10\0\4\0\xff\xff\xff\xff"
                        "\x20\0\0\0\xff\xff\xff\xff",
                        44};
  const std::string capability{"\1\0\0\2"
                               "\0\4\0\0"
                               "\0\0\0\0"
                               "\0\0\0\0"
                               "\0\0\0\0",
                               20};
  const auto report =
      unpack(tar()
                 .pax(raw_tar::record("SCHILY.xattr.user.note", "hello") +
                      raw_tar::record("SCHILY.xattr.system.posix_acl_access", acl) +
                      raw_tar::record("SCHILY.xattr.security.selinux", "label"))
                 .file("noted", "1", 0640)
                 .pax(raw_tar::record("SCHILY.xattr.security.capability", capability))
                 .header({.name = "able", .uid = 12, .gid = 34})
                 .closed());
  ASSERT_TRUE(report) << describe(report.error());
  std::string value(256, '\0');
  const auto size_of = [&](const char* file, const char* name) {
    return ::getxattr((root_ / file).c_str(), name, value.data(), value.size());
  };
  EXPECT_EQ(size_of("noted", "user.note"), 5);
  EXPECT_EQ(size_of("noted", "system.posix_acl_access"), 44);
  EXPECT_EQ(size_of("able", "security.capability"), 20);
  EXPECT_EQ(look("able").st_uid, 12u);
  EXPECT_EQ(look("able").st_gid, 34u);
  ASSERT_EQ(report->warnings.size(), 1u);
  EXPECT_NE(report->warnings[0].find("security.selinux"), std::string::npos);
}

TEST_F(extract, makes_devices_only_where_the_policy_allows_them) {
  if (!is_root())
    GTEST_SKIP() << "needs root";
  const auto bytes =
      tar().header({.name = "null", .type = '3', .mode = 0666, .major = 1, .minor = 3}).closed();
  const auto refused = unpack(bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, error_code::archive_refused);
  const auto report = unpack(bytes, {.allow_devices = true});
  if (!report && report.error().cause.find("permitted") != std::string::npos)
    GTEST_SKIP() << "this host lets nobody make devices";
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_TRUE(S_ISCHR(look("null").st_mode));
}

TEST_F(extract, stops_when_asked) {
  std::stop_source stop;
  stop.request_stop();
  memory_source source{tar().file("a", "1").closed()};
  const auto report = extract_tar(source, directory_.get(), "a tar", {}, stop.get_token());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, error_code::cancelled);
}

/// A tar by libarchive: two programs that do not know each other have to agree.
std::string written_by_libarchive(const char* format, uint64_t size) {
  std::string out;
  const auto collect = [](archive*, void* target, const void* bytes, size_t count) -> la_ssize_t {
    static_cast<std::string*>(target)->append(static_cast<const char*>(bytes), count);
    return static_cast<la_ssize_t>(count);
  };
  archive* writer = archive_write_new();
  archive_write_set_format_by_name(writer, format);
  archive_write_open(writer, &out, nullptr, collect, nullptr);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, (std::string(150, 'n') + "/" + std::string(120, 'm')).c_str());
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0604);
  archive_entry_set_uid(entry, ::getuid());
  archive_entry_set_gid(entry, ::getgid());
  archive_entry_set_size(entry, static_cast<la_int64_t>(size));
  archive_entry_set_mtime(entry, 1'234'567, 89);
  archive_write_header(writer, entry);
  const std::string content(size, 'c');
  archive_write_data(writer, content.data(), content.size());
  archive_entry_free(entry);
  archive_write_close(writer);
  archive_write_free(writer);
  return out;
}

TEST_F(extract, reads_what_libarchive_writes) {
  for (const auto* format : {"pax", "gnutar"}) {
    const auto report = unpack(written_by_libarchive(format, 1000));
    ASSERT_TRUE(report) << format << ": " << describe(report.error());
    const auto name = std::string(150, 'n') + "/" + std::string(120, 'm');
    EXPECT_EQ(look(name).st_size, 1000);
    EXPECT_EQ(look(name).st_mode & 07777, 0604u);
    EXPECT_EQ(look(name).st_mtim.tv_sec, 1'234'567);
  }
}

TEST_F(extract, removes_deleted_files_and_whole_directories) {
  fs::create_directories(root_ / "a/b/c/d");
  std::ofstream{root_ / "a/b/c/file"} << "1";
  std::ofstream{root_ / "a/kept"} << "1";
  ASSERT_TRUE(remove_deleted_files(directory_.get(), {"/a/b", "/never/was", "//a//gone"}));
  EXPECT_FALSE(fs::exists(root_ / "a/b"));
  EXPECT_TRUE(fs::exists(root_ / "a/kept"));
}

TEST_F(extract, deletes_nothing_through_links_and_nothing_outside) {
  const fs::path victim = scratch_ / "victim";
  write_file(victim, "precious");
  fs::create_symlink("..", root_ / "up");
  fs::create_directory(root_ / "inside");
  fs::create_directory_symlink(scratch_.path(), root_ / "inside/away");
  EXPECT_TRUE(remove_deleted_files(directory_.get(), {"/up/victim"}));
  EXPECT_TRUE(fs::exists(victim));
  EXPECT_TRUE(remove_deleted_files(directory_.get(), {"/inside"}));
  EXPECT_TRUE(fs::exists(victim));
  for (const auto* path : {"/", "//", "/.", "victim", "../victim", "/../victim", "/a/../x", ""}) {
    const auto refused = remove_deleted_files(directory_.get(), {"/up", path});
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().code, error_code::archive_refused);
  }
  EXPECT_TRUE(fs::is_symlink(root_ / "up")) << "all paths are checked before any is removed";
  EXPECT_TRUE(fs::exists(victim));
}

} // namespace
