// Goal: a planned tar holds everything a tree has, whoever reads it, and has the size it promised.
// Method: make trees of awkward files, read the planned bytes with libarchive and unpack them with
// GNU tar.
#include "io/plan/tar_header.hpp"
#include "io/plan/tar_plan.hpp"
#include "tests/io/plan/plan_support.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

namespace floe::plan_test {
namespace {

namespace fs = std::filesystem;

class plan_of_a_tree : public testing::Test {
 protected:
  tar_plan plan(tar_plan_options options = {}) {
    auto tree = open_tree(root_.path());
    EXPECT_TRUE(tree);
    auto plan = plan_tree(*tree, options);
    EXPECT_TRUE(plan) << describe(plan.error());
    return std::move(*plan);
  }

  /// Unpacks with GNU tar into a directory of the scratch and gives its path.
  std::string unpack(const std::string& tar) {
    write_file(scratch_ / "plan.tar", tar);
    fs::create_directory(scratch_ / "out");
    EXPECT_EQ(run({"tar", "-x", "-p", "--xattrs", "--xattrs-include=*", "--acls", "--same-owner",
                   "-f", scratch_ / "plan.tar", "-C", scratch_ / "out"}),
              0);
    return scratch_ / "out";
  }

  scratch_directory root_;
  scratch_directory scratch_;
};

bool is_root() {
  return ::geteuid() == 0;
}

void set_times(const std::string& path, int64_t seconds, long nanoseconds) {
  const timespec times[2]{{seconds, nanoseconds}, {seconds, nanoseconds}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
}

TEST_F(plan_of_a_tree, of_nothing_is_the_root_and_an_end) {
  const auto planned = plan();
  EXPECT_EQ(planned.entries, 1u);
  EXPECT_EQ(planned.file_bytes, 0u);
  const auto members = members_of(bytes_of(planned.content));
  ASSERT_EQ(members.size(), 1u);
  EXPECT_EQ(members[0].name, "./");
  EXPECT_TRUE(bytes_of(planned.content).ends_with(std::string(1024, '\0')));
}

TEST_F(plan_of_a_tree, lists_files_before_directories_by_name) {
  for (const auto* path : {"b", "d", "b/y", "b/x"})
    fs::create_directory(root_ / path);
  for (const auto* path : {"c", "a", "b/z", "b/x/f"})
    write_file(root_ / path, path);
  const auto planned = plan();
  EXPECT_EQ(planned.entries, 9u);
  EXPECT_EQ(planned.file_bytes, 1u + 1 + 3 + 5);
  EXPECT_EQ(names_of(members_of(bytes_of(planned.content))),
            (std::vector<std::string>{"./", "./a", "./c", "./b/", "./b/z", "./b/x/", "./b/x/f",
                                      "./b/y/", "./d/"}));
}

TEST_F(plan_of_a_tree, gives_equal_tars_for_equal_trees) {
  write_file(root_ / "one", std::string(10'000, 'x'));
  write_file(root_ / "two", "2");
  ::setxattr((root_ / "two").c_str(), "user.b", "1", 1, 0);
  ::setxattr((root_ / "two").c_str(), "user.a", "2", 1, 0);
  EXPECT_EQ(bytes_of(plan().content), bytes_of(plan().content));
}

TEST_F(plan_of_a_tree, keeps_modes_owners_and_times) {
  write_file(root_ / "file", "content");
  set_times(root_ / "file", -86'400, 0);
  ASSERT_EQ(::chmod((root_ / "file").c_str(), 04751), 0);
  fs::create_symlink("file", root_ / "link");
  set_times(root_ / "link", 4'102'444'800, 1);
  fs::create_directory(root_ / "directory");
  ASSERT_EQ(::chmod((root_ / "directory").c_str(), 01777), 0);
  if (is_root()) {
    ASSERT_EQ(::lchown((root_ / "link").c_str(), 4'000'000, 3'000'000'000U), 0);
  }
  const auto members = members_of(bytes_of(plan().content));
  const auto file = find_member(members, "./file");
  EXPECT_EQ(file.mode, S_IFREG | 04751U);
  EXPECT_EQ(file.seconds, -86'400);
  EXPECT_EQ(file.nanoseconds, 0);
  EXPECT_EQ(file.content, "content");
  const auto link = find_member(members, "./link");
  EXPECT_EQ(link.link, "file");
  EXPECT_EQ(link.seconds, 4'102'444'800);
  EXPECT_EQ(link.nanoseconds, 1);
  if (is_root()) {
    EXPECT_EQ(link.uid, 4'000'000);
    EXPECT_EQ(link.gid, 3'000'000'000);
  }
  EXPECT_EQ(find_member(members, "./directory/").mode, S_IFDIR | 01777U);
}

TEST_F(plan_of_a_tree, keeps_awkward_names) {
  const std::string umlauts = "gr\xc3\xbc\xc3\x9f"
                              "e";
  const std::string bytes = "not utf-8 \xff\xfe";
  const std::string lines = "two\nlines";
  const std::string longest(255, 'n');
  std::string deep;
  for (int i = 0; i < 12; ++i) {
    deep += (i == 0 ? "" : "/") + std::string(200, static_cast<char>('a' + i));
    fs::create_directory(root_ / deep);
  }
  for (const auto& name : {umlauts, bytes, lines, longest, deep + "/file"})
    write_file(root_ / name, name);
  fs::create_symlink(bytes, root_ / "to bytes");
  fs::create_symlink(std::string(3000, 't'), root_ / "to far");
  const auto tar = bytes_of(plan().content);
  const auto members = members_of(tar);
  for (const auto& name : {umlauts, bytes, lines, longest, deep + "/file"})
    EXPECT_EQ(find_member(members, "./" + name).content, name);
  EXPECT_EQ(find_member(members, "./to bytes").link, bytes);
  EXPECT_EQ(find_member(members, "./to far").link, std::string(3000, 't'));
  EXPECT_EQ(describe_tree(unpack(tar)), describe_tree(root_.path()));
}

TEST_F(plan_of_a_tree, reaches_files_below_paths_that_no_call_takes) {
  auto at = open_tree(root_.path()).value();
  unique_fd directory{::open(root_.path().c_str(), O_RDONLY | O_DIRECTORY)};
  const std::string name(250, 'd');
  std::string path = ".";
  for (int i = 0; i < 40; ++i) {
    ASSERT_EQ(::mkdirat(directory.get(), name.c_str(), 0755), 0);
    directory = unique_fd{::openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY)};
    path += "/" + name;
  }
  const unique_fd file{::openat(directory.get(), "f", O_WRONLY | O_CREAT, 0644)};
  ASSERT_EQ(::write(file.get(), "deep", 4), 4);
  ASSERT_GT(path.size(), 10'000u);
  const auto members = members_of(bytes_of(plan().content));
  EXPECT_EQ(find_member(members, path + "/f").content, "deep");
}

TEST_F(plan_of_a_tree, keeps_attributes_but_not_those_of_the_overlay) {
  write_file(root_ / "file", "x");
  const auto path = root_ / "file";
  const std::string large(3000, 'v');
  if (::setxattr(path.c_str(), "user.text", large.data(), large.size(), 0) != 0)
    GTEST_SKIP() << "the file system of the scratch directory has no attributes";
  std::map<std::string, std::string> expected{{"user.text", large}, {"user.empty", ""}};
  ASSERT_EQ(::setxattr(path.c_str(), "user.empty", "", 0, 0), 0);
  const auto tree_only = plan();
  EXPECT_TRUE(tree_only.warnings.empty());
  if (is_root()) {
    expected["trusted.note"] = std::string{"\0\n\xff", 3};
    const auto& note = expected["trusted.note"];
    ASSERT_EQ(::setxattr(path.c_str(), "trusted.note", note.data(), note.size(), 0), 0);
    ASSERT_EQ(::setxattr(path.c_str(), "trusted.overlay.opaque", "y", 1, 0), 0);
    expected["security.capability"] = std::string{"\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20};
    const auto& capability = expected["security.capability"];
    ASSERT_EQ(
        ::setxattr(path.c_str(), "security.capability", capability.data(), capability.size(), 0),
        0);
    EXPECT_EQ(plan().warnings.size(), 1u);
  }
  const auto tar = bytes_of(plan().content);
  EXPECT_EQ(find_member(members_of(tar), "./file").attributes, expected);
  if (is_root()) {
    EXPECT_EQ(describe_tree(unpack(tar)), describe_tree(root_.path()));
  }
}

TEST_F(plan_of_a_tree, keeps_access_control_lists) {
  write_file(root_ / "file", "x");
  fs::create_directory(root_ / "directory");
  if (run({"setfacl", "-m", "u:1234:rwx,g:77:r", root_ / "file"}) != 0 ||
      run({"setfacl", "-d", "-m", "u:99:rx", root_ / "directory"}) != 0)
    GTEST_SKIP() << "setfacl is missing or the file system has no ACLs";
  const auto members = members_of(bytes_of(plan().content));
  EXPECT_EQ(find_member(members, "./file").attributes.count("system.posix_acl_access"), 1u);
  EXPECT_EQ(find_member(members, "./directory/").attributes.count("system.posix_acl_default"), 1u);
}

TEST_F(plan_of_a_tree, keeps_hard_links_fifos_and_devices) {
  if (!is_root())
    GTEST_SKIP() << "only root makes device nodes";
  write_file(root_ / "first", "shared");
  fs::create_hard_link(root_ / "first", root_ / "second");
  fs::create_directory(root_ / "z");
  fs::create_hard_link(root_ / "first", root_ / "z/third");
  fs::create_symlink("first", root_ / "soft");
  fs::create_hard_link(root_ / "soft", root_ / "softer");
  ASSERT_EQ(::mkfifo((root_ / "fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mknod((root_ / "block").c_str(), S_IFBLK | 0660, makedev(8, 300)), 0);
  ASSERT_EQ(::mknod((root_ / "char").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  const auto planned = plan();
  EXPECT_EQ(planned.file_bytes, 6u);
  const auto tar = bytes_of(planned.content);
  const auto members = members_of(tar);
  EXPECT_EQ(find_member(members, "./second").link, "./first");
  EXPECT_TRUE(find_member(members, "./z/third").hard_link);
  EXPECT_TRUE(find_member(members, "./softer").hard_link);
  EXPECT_EQ(find_member(members, "./block").device_minor, 300);
  EXPECT_EQ(describe_tree(unpack(tar)), describe_tree(root_.path()));
}

TEST_F(plan_of_a_tree, leaves_sockets_out_and_says_so) {
  const unique_fd socket{::socket(AF_UNIX, SOCK_STREAM, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy((root_ / "socket"), address.sun_path);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const auto planned = plan();
  EXPECT_EQ(planned.entries, 1u);
  ASSERT_EQ(planned.warnings.size(), 1u);
  EXPECT_NE(planned.warnings[0].find("socket"), std::string::npos);
}

TEST_F(plan_of_a_tree, warns_of_links_that_podman_refuses) {
  fs::create_directory(root_ / "a");
  fs::create_symlink("../up", root_ / "out");
  fs::create_symlink("../b/../..", root_ / "a/out");
  fs::create_symlink("../b", root_ / "a/in");
  fs::create_symlink("/etc/passwd", root_ / "absolute");
  const auto planned = plan();
  ASSERT_EQ(planned.warnings.size(), 2u);
  EXPECT_TRUE(planned.warnings[0].starts_with("./out: "));
  EXPECT_TRUE(planned.warnings[1].starts_with("./a/out: "));
  EXPECT_EQ(planned.entries, 6u);
}

TEST_F(plan_of_a_tree, does_not_enter_mount_points) {
  fs::create_directory(root_ / "mounted");
  if (::mount("none", (root_ / "mounted").c_str(), "tmpfs", 0, nullptr) != 0)
    GTEST_SKIP() << "only root mounts";
  write_file(root_ / "mounted/inside", "x");
  const auto planned = plan();
  ::umount((root_ / "mounted").c_str());
  EXPECT_EQ(planned.entries, 2u);
  ASSERT_EQ(planned.warnings.size(), 1u);
  EXPECT_TRUE(planned.warnings[0].starts_with("mounted: "));
}

TEST_F(plan_of_a_tree, stops_when_asked) {
  std::stop_source stop;
  stop.request_stop();
  const auto planned = plan_tree(open_tree(root_.path()).value(), stop.get_token());
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, error_code::cancelled);
}

TEST_F(plan_of_a_tree, of_what_is_not_there_fails_with_its_name) {
  const auto tree = open_tree(root_ / "missing");
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().subject, root_ / "missing");
}

// -- holes and large files ------------------------------------------------------

void make_sparse(const std::string& path, off_t size, const std::vector<off_t>& data_at) {
  const unique_fd file{::open(path.c_str(), O_WRONLY | O_CREAT, 0644)};
  ASSERT_EQ(::ftruncate(file.get(), size), 0);
  for (const auto at : data_at)
    ASSERT_EQ(::pwrite(file.get(), "data", 4, at), 4);
}

TEST_F(plan_of_a_tree, does_not_read_holes) {
  make_sparse(root_ / "some", 3'000'000, {0, 1'000'000, 2'999'990});
  const auto planned = plan();
  uint64_t read = 0;
  for (const auto& part : planned.content.segments())
    read += part.kind == segment_kind::file ? part.length : 0;
  EXPECT_LT(read, 100'000u);
  const auto member = find_member(members_of(bytes_of(planned.content)), "./some");
  EXPECT_TRUE(member.content == read_file(root_ / "some"));
}

TEST_F(plan_of_a_tree, keeps_mostly_empty_files_sparse) {
  make_sparse(root_ / "ends in data", 8'000'000, {0, 4'000'000, 7'999'990});
  make_sparse(root_ / "ends in a hole", 9'000'001, {4'000'000});
  make_sparse(root_ / "empty", 7'000'000, {});
  const auto planned = plan();
  EXPECT_LT(planned.content.size(), 200'000u);
  const auto tar = bytes_of(planned.content);
  const auto members = members_of(tar);
  for (const auto* name : {"ends in data", "ends in a hole", "empty"})
    EXPECT_TRUE(find_member(members, std::string{"./"} + name).content == read_file(root_ / name))
        << name;
  const auto out = unpack(tar);
  EXPECT_EQ(describe_tree(out), describe_tree(root_.path()));
  struct stat status {};
  ASSERT_EQ(::stat((out + "/empty").c_str(), &status), 0);
  EXPECT_LT(status.st_blocks, 100);
}

TEST_F(plan_of_a_tree, holds_files_that_ustar_cannot) {
  const off_t tebibyte = off_t{1} << 40;
  make_sparse(root_ / "huge", tebibyte + 5, {tebibyte});
  const auto planned = plan();
  EXPECT_LT(planned.content.size(), 100'000u);
  EXPECT_EQ(planned.file_bytes, static_cast<uint64_t>(tebibyte) + 5);
  EXPECT_EQ(find_member(members_of(bytes_of(planned.content)), "./huge").size, tebibyte + 5);
}

TEST(tar_header, announces_sizes_around_8_gib) {
  tar_header_maker maker;
  constexpr uint64_t limit = uint64_t{8} << 30;
  for (const auto size : {limit - 1, limit, limit + 1, limit * 100}) {
    tar_entry entry;
    entry.name = "large";
    entry.mode = S_IFREG | 0600;
    entry.size = size;
    auto header = maker.make(entry);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->size() > 512, size >= limit);
    align_content(*header, 512);
    EXPECT_EQ((512 + header->size()) % 4096, 0u);
  }
}

/// As POSIX has it, and GNU tar and Podman read it; libarchive reads another time there.
TEST(tar_header, keeps_fractions_of_times_before_1970) {
  for (const auto& [seconds, nanoseconds, written] :
       {std::tuple{-2, 250'000'000, "mtime=-1.75\n"},
        std::tuple{-10, 999'000'000, "mtime=-9.001\n"}, std::tuple{-2, 0, "mtime=-2\n"},
        std::tuple{7, 500'000'000, "mtime=7.5\n"}}) {
    tar_entry entry;
    entry.name = "./file";
    entry.mode = S_IFREG | 0640;
    entry.modified_seconds = seconds;
    entry.modified_nanoseconds = nanoseconds;
    const auto header = tar_header_maker{}.make(entry);
    ASSERT_TRUE(header);
    EXPECT_NE(header->find(written), std::string::npos) << written;
  }
}

TEST(tar_header, does_not_depend_on_those_made_before) {
  tar_entry small;
  small.name = "./" + std::string(150, 'n') + "/ü";
  small.mode = S_IFREG | 0640;
  small.size = 12'345;
  small.modified_nanoseconds = 7;
  small.attributes = {{"user.origin", std::string("a\0b", 3)}};
  auto huge = small;
  huge.size = uint64_t{9} << 30;
  auto sparse = small;
  sparse.sparse = {{4096, 4096}, {12'345, 0}};
  auto link = small;
  link.hard_link = true;
  link.link_target = "./first";
  link.size = 0;
  auto socket = small;
  socket.mode = S_IFSOCK | 0600;
  auto directory = small;
  directory.mode = S_IFDIR | 0700;
  directory.size = 0;
  tar_header_maker maker;
  for (int round = 0; round < 2; ++round)
    for (const auto& entry : {small, huge, sparse, link, socket, directory, small}) {
      tar_header_maker fresh;
      EXPECT_EQ(maker.make(entry).value_or("none"), fresh.make(entry).value_or("none"));
    }
}

// -- alignment --------------------------------------------------------------------

TEST_F(plan_of_a_tree, aligns_content_without_changing_it) {
  for (size_t i = 0; i < 40; ++i) {
    const auto path = root_ / std::to_string(i);
    write_file(path, std::string(4000 + i * 37, static_cast<char>('0' + i)));
    // Whole seconds need no pax header, the others have one already.
    set_times(path, 1'600'000'000, i % 2 == 0 ? 0 : 5);
    if (i % 5 == 0)
      ::setxattr(path.c_str(), "user.x", std::string(i * 20, 'a').data(), i * 20, 0);
  }
  const auto planned = plan({.align_data = true});
  size_t aligned = 0;
  for (const auto& part : planned.content.segments()) {
    if (part.kind != segment_kind::file || planned.content.files()[part.file].size < 4096)
      continue;
    EXPECT_EQ(part.offset % 4096, 0u) << planned.content.files()[part.file].path;
    ++aligned;
  }
  EXPECT_GT(aligned, 30u);
  EXPECT_LE(planned.content.size(), plan().content.size() + 40 * 4608);
  const auto tar = bytes_of(planned.content);
  EXPECT_EQ(members_of(tar).size(), 41u);
  EXPECT_EQ(describe_tree(unpack(tar)), describe_tree(root_.path()));
}

} // namespace
} // namespace floe::plan_test
