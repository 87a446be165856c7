// Goal: no tar, whatever stands in it, reaches outside of the directory it is unpacked into, and
// what is malformed or unwanted is refused. Method: every shape of attack on tar extraction that we
// know is written block by block and unpacked next to a file that must stay as it is; one test lets
// a thread swap a directory for a link meanwhile.
#include "io/archive/extract.hpp"
#include "io/posix/unique_fd.hpp"
#include "tests/support/memory_source.hpp"
#include "tests/support/raw_tar.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace floe;
using namespace floe::test;
namespace fs = std::filesystem;
using error_code::archive_damaged;
using error_code::archive_refused;

struct shape {
  const char* name;
  error_code wanted; ///< none: it is harmless and unpacks
  std::string bytes;
};

void PrintTo(const shape& what, std::ostream* out) {
  *out << what.name;
}

raw_tar tar() {
  return raw_tar{::getuid(), ::getgid()};
}

std::string with_pax(std::string_view key, std::string_view value) {
  return tar().pax(raw_tar::record(key, value)).file("f", "data").closed();
}

std::string binary_size(unsigned char first, unsigned char last) {
  std::string field(12, first == 0xff ? '\xff' : '\0');
  field.front() = static_cast<char>(first);
  field.back() = static_cast<char>(last);
  return field;
}

std::string sparse(const std::string& map, const std::string& name, const std::string& real_size) {
  auto padded = map;
  padded.resize((map.size() + 511) / 512 * 512, '\0');
  return tar()
      .pax(raw_tar::record("GNU.sparse.major", "1") + raw_tar::record("GNU.sparse.minor", "0") +
           raw_tar::record("GNU.sparse.name", name) +
           raw_tar::record("GNU.sparse.realsize", real_size))
      .file("sparse", padded + "data")
      .closed();
}

std::vector<shape> paths_that_lead_outside() {
  return {
      {"parent_file", archive_refused, tar().file("../outside", "evil").closed()},
      {"absolute_file", archive_refused, tar().file("/tmp/floe-evil", "evil").closed()},
      {"absolute_link_then_through_it", archive_refused,
       tar().symlink("d", "/tmp").file("d/floe-evil", "evil").closed()},
      {"relative_link_then_through_it", archive_refused,
       tar().symlink("d", "..").file("d/outside", "evil").closed()},
      {"hidden_parent", archive_refused, tar().file("a/b/../../../outside", "evil").closed()},
      {"hard_link_to_absolute_then_write", archive_refused,
       tar().hard_link("h", "/etc/passwd").file("h", "evil").closed()},
      {"hard_link_to_parent", archive_refused,
       tar().hard_link("h", "../outside").file("h", "evil").closed()},
      {"hard_link_through_link", archive_refused,
       tar().symlink("d", "..").hard_link("h", "d/outside").closed()},
      {"hard_link_to_link_then_write", error_code::none,
       tar().symlink("s", "../outside").hard_link("h", "s").file("h", "evil").closed()},
      {"link_then_file_of_that_name", error_code::none,
       tar().symlink("s", "../outside").file("s", "evil").closed()},
      {"link_then_directory_of_that_name", error_code::none,
       tar().symlink("s", "..").directory("s", 0777).closed()},
      {"directory_replaced_by_link_then_file", archive_refused,
       tar().directory("d").symlink("d", "..").file("d/outside", "evil").closed()},
      {"pax_path", archive_refused, with_pax("path", "../outside")},
      {"pax_linkpath", archive_refused,
       tar().pax(raw_tar::record("linkpath", "../outside")).hard_link("h", "x").closed()},
      {"gnu_long_name", archive_refused, tar().gnu_long("../outside").file("f", "evil").closed()},
      {"sparse_name", archive_refused, sparse("1\n0\n4\n", "../outside", "4")},
      {"global_pax_path", archive_refused,
       tar().pax(raw_tar::record("path", "../outside"), 'g').file("f", "evil").closed()},
      {"root_as_link", archive_refused, tar().symlink(".", "/").file("f", "evil").closed()},
      {"dangling_link_then_file", error_code::none,
       tar().symlink("restore.log", "/tmp/floe-evil").file("restore.log", "log").closed()},
      {"hard_link_to_itself", archive_refused, tar().file("h", "x").hard_link("h", "h").closed()},
      {"hard_link_to_directory", archive_refused,
       tar().directory("d").hard_link("h", "d").closed()},
      {"hard_link_to_nothing", archive_refused, tar().hard_link("h", "none").closed()},
  };
}

std::vector<shape> entries_that_are_unwanted() {
  return {
      {"hard_link_with_data", archive_refused,
       tar()
           .file("f", "x")
           .header({.name = "h", .type = '1', .link = "f", .size = 4})
           .data("data")
           .closed()},
      {"character_device", archive_refused,
       tar().header({.name = "mem", .type = '3', .major = 1, .minor = 1}).closed()},
      {"block_device", archive_refused,
       tar().header({.name = "disk", .type = '4', .major = 254}).closed()},
      {"whiteout", archive_refused, tar().header({.name = "gone", .type = '3'}).closed()},
      {"unknown_type", archive_refused, tar().header({.name = "z", .type = 'Z'}).closed()},
      {"contiguous_type", archive_refused, tar().header({.name = "c", .type = '7'}).closed()},
      {"old_sparse_type", archive_refused, tar().header({.name = "s", .type = 'S'}).closed()},
      {"empty_name", archive_refused, tar().file("", "x").closed()},
      {"file_named_dot", archive_refused, tar().file(".", "x").closed()},
      {"file_with_slash", archive_refused, tar().file("f/", "x").closed()},
      {"name_too_long", archive_refused,
       tar().gnu_long(std::string(300, 'n')).file("f", "x").closed()},
      {"redirect", archive_refused, with_pax("SCHILY.xattr.trusted.overlay.redirect", "/etc")},
      {"opaque", archive_refused, with_pax("SCHILY.xattr.trusted.overlay.opaque", "y")},
      {"malformed_acl", archive_refused,
       with_pax("SCHILY.xattr.system.posix_acl_access", "\xff\xff\xff")},
      {"immutable", error_code::none, with_pax("SCHILY.fflags", "schg,uchg")},
      {"nobody_as_owner", archive_refused, with_pax("uid", "4294967295")},
      {"owner_out_of_range", archive_refused, with_pax("gid", "99999999999")},
      {"time_out_of_range", archive_refused, with_pax("mtime", "100000000000000000000")},
      {"empty_symlink", archive_refused, tar().symlink("s", "").closed()},
      {"too_deep", archive_refused,
       [] {
         std::string name;
         for (int i = 0; i < 3000; ++i)
           name += "d/";
         return tar().gnu_long(name + "f").file("f", "x").closed();
       }()},
  };
}

std::vector<shape> sizes_that_lie() {
  return {
      {"pax_size_larger", archive_refused, with_pax("size", "512")},
      {"pax_size_smaller", archive_refused, with_pax("size", "0")},
      {"pax_size_negative", archive_refused, with_pax("size", "-4")},
      {"pax_size_huge", archive_refused, with_pax("size", "18446744073709551615")},
      {"long_name_of_1_gib", archive_refused,
       tar().header({.name = "L", .type = 'L', .size = 1 << 30}).closed()},
      {"pax_of_8_gib", archive_refused,
       tar().header({.name = "x", .type = 'x', .size = 077777777777}).closed()},
      {"negative_size", archive_refused,
       tar().header({.name = "f", .size_field = binary_size(0xff, 0xf0)}).closed()},
      {"size_2_62", archive_refused,
       tar()
           .header({.name = "f", .size_field = std::string{"\x80\0\0\0\x40\0\0\0\0\0\0\0", 12}})
           .closed()},
      {"size_2_90", archive_damaged,
       tar()
           .header({.name = "f", .size_field = std::string{"\x80\x04\0\0\0\0\0\0\0\0\0\0", 12}})
           .closed()},
      {"size_not_octal", archive_damaged,
       tar().header({.name = "f", .size_field = "00000000x99"}).closed()},
      {"sparse_of_8_eib", archive_refused, sparse("1\n0\n4\n", "s", "9223372036854775807")},
      {"sparse_of_many_regions", archive_refused, sparse("100000000\n0\n4\n", "s", "4")},
      {"sparse_overlapping", archive_refused, sparse("2\n0\n2\n1\n2\n", "s", "4")},
      {"sparse_beyond_its_end", archive_refused, sparse("1\n2\n4\n", "s", "4")},
      {"sparse_more_than_its_data", archive_damaged, sparse("1\n0\n40\n", "s", "40")},
      {"sparse_map_no_number", archive_damaged, sparse("1\nx\n4\n", "s", "4")},
      {"sparse_map_endless", archive_damaged, sparse(std::string(600, '1'), "s", "4")},
      {"sparse_0_1", archive_refused, with_pax("GNU.sparse.map", "0,4")},
      {"sparse_solaris", archive_refused, with_pax("SUN.holesdata", " 0 4")},
  };
}

std::vector<shape> broken_structure() {
  const auto good = tar().file("f", "data").closed();
  auto lie = raw_tar::record("path", "longer");
  lie.replace(0, 2, "99");
  auto short_lie = raw_tar::record("path", "longer");
  short_lie.replace(0, 2, "05");
  return {
      {"entry_behind_the_end", archive_damaged, good + tar().file("late", "x").closed()},
      {"garbage_behind_the_end", archive_damaged, good + "x"},
      {"zeros_behind_the_end", error_code::none, good + std::string(9000, '\0')},
      {"no_end_marker", archive_damaged, tar().file("f", "data").open_end()},
      {"half_an_end_marker", archive_damaged,
       tar().file("f", "data").open_end() + std::string(512, '\0')},
      {"zero_block_between", archive_damaged,
       tar().file("f", "x").raw(std::string(512, '\0')).file("g", "y").closed()},
      {"empty_file", archive_damaged, ""},
      {"cut_in_a_header", archive_damaged, good.substr(0, 300)},
      {"cut_in_data", archive_damaged, good.substr(0, 514)},
      {"bad_checksum", archive_damaged, tar().header({.name = "f", .bad_checksum = true}).closed()},
      {"pax_record_too_long", archive_damaged, tar().pax(lie).file("f", "x").closed()},
      {"pax_record_too_short", archive_damaged, tar().pax(short_lie).file("f", "x").closed()},
      {"pax_record_without_key", archive_damaged, tar().pax("5 =x\n").file("f", "x").closed()},
      {"pax_record_without_number", archive_damaged, tar().pax("path=x\n").file("f", "x").closed()},
      {"nul_in_pax_path", archive_refused, with_pax("path", std::string_view{"safe\0evil", 9})},
      {"pax_path_twice", archive_refused,
       tar()
           .pax(raw_tar::record("path", "a") + raw_tar::record("path", "b"))
           .file("f", "x")
           .closed()},
      {"two_pax_headers", archive_damaged,
       tar()
           .pax(raw_tar::record("path", "a"))
           .pax(raw_tar::record("path", "b"))
           .file("f", "x")
           .closed()},
      {"pax_and_gnu_name", archive_refused,
       tar().pax(raw_tar::record("path", "a")).gnu_long("b").file("f", "x").closed()},
      {"nul_in_gnu_name", archive_refused,
       tar().gnu_long(std::string_view{"safe\0evil", 9}).file("f", "x").closed()},
      {"pax_header_at_the_end", archive_damaged, tar().pax(raw_tar::record("path", "a")).closed()},
      {"unknown_pax_key", error_code::none, with_pax("VENDOR.key", "value")},
  };
}

class hostile_tar : public testing::TestWithParam<shape> {};

TEST_P(hostile_tar, stays_inside_and_is_refused_if_it_has_to_be) {
  const scratch_directory scratch;
  const fs::path victim = scratch / "outside";
  write_file(victim, "precious");
  fs::create_directory(fs::path{scratch.path()} / "root");
  const unique_fd root{
      ::open((fs::path{scratch.path()} / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  const auto mode_before = fs::status(scratch.path()).permissions();
  memory_source source{GetParam().bytes};
  const auto report = extract_tar(source, root.get(), "rootfs-diff.tar", {});
  if (GetParam().wanted == error_code::none)
    EXPECT_TRUE(report) << describe(report.error());
  else if (report)
    ADD_FAILURE() << "it was accepted";
  else
    EXPECT_EQ(report.error().code, GetParam().wanted) << describe(report.error());
  EXPECT_EQ(read_file(victim), "precious");
  EXPECT_EQ(fs::hard_link_count(victim), 1u);
  EXPECT_EQ(fs::status(scratch.path()).permissions(), mode_before);
  EXPECT_FALSE(fs::exists("/tmp/floe-evil"));
}

const auto shape_name = [](const auto& info) { return std::string{info.param.name}; };
INSTANTIATE_TEST_SUITE_P(paths, hostile_tar, testing::ValuesIn(paths_that_lead_outside()),
                         shape_name);
INSTANTIATE_TEST_SUITE_P(entries, hostile_tar, testing::ValuesIn(entries_that_are_unwanted()),
                         shape_name);
INSTANTIATE_TEST_SUITE_P(sizes, hostile_tar, testing::ValuesIn(sizes_that_lie()), shape_name);
INSTANTIATE_TEST_SUITE_P(structure, hostile_tar, testing::ValuesIn(broken_structure()), shape_name);

TEST(hostile_tar_limits, count_entries_and_bytes) {
  const scratch_directory scratch;
  const unique_fd root{::open(scratch.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  const auto bytes = tar().file("a", "12345").file("b", "12345").closed();
  for (const auto& policy : {extract_policy{.entries_max = 1}, extract_policy{.bytes_max = 9}}) {
    memory_source source{bytes};
    const auto report = extract_tar(source, root.get(), "a tar", policy);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, archive_refused);
  }
}

TEST(hostile_tar_message, shows_names_without_control_characters) {
  const scratch_directory scratch;
  const unique_fd root{::open(scratch.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  memory_source source{tar().file("a/../\n\x1b[31m\"", "x").closed()};
  const auto report = extract_tar(source, root.get(), "a tar", {});
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().cause.find(R"("a/../\x0a\x1b[31m\"")"), std::string::npos)
      << report.error().cause;
}

TEST(hostile_tar_race, swapping_a_directory_for_a_link_gains_nothing) {
  const scratch_directory scratch;
  fs::create_directories(fs::path{scratch.path()} / "root/d");
  fs::create_directory(fs::path{scratch.path()} / "victim");
  fs::create_directory_symlink(fs::path{scratch.path()} / "victim",
                               fs::path{scratch.path()} / "root/link");
  const unique_fd root{
      ::open((fs::path{scratch.path()} / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  std::atomic<bool> done = false;
  std::jthread attacker{[&] {
    while (!done)
      ::syscall(SYS_renameat2, root.get(), "d", root.get(), "link", 2 /* RENAME_EXCHANGE */);
  }};
  int unpacked = 0;
  for (int i = 0; i < 3000; ++i) {
    // Files in two directories by turns, so that the parent is looked up anew for each.
    memory_source source{
        tar().file("d/f" + std::to_string(i), "x").file("e/f", "y").directory("d/s/t").closed()};
    unpacked += extract_tar(source, root.get(), "a tar", {}) ? 1 : 0;
  }
  done = true;
  attacker.join();
  EXPECT_TRUE(fs::is_empty(fs::path{scratch.path()} / "victim"));
  RecordProperty("unpacked", unpacked);
}

} // namespace
