// Goal: what a plan writes is what extraction makes again. Method: a tree with everything that a
// tar can hold is planned, read as bytes, unpacked elsewhere, planned there, and both tars are
// equal to the byte; the original is described by its tar, so equal tars are equal trees.
#include "io/archive/extract.hpp"
#include "io/plan/rope_reader.hpp"
#include "io/plan/tar_plan.hpp"
#include "io/posix/unique_fd.hpp"
#include "tests/support/memory_source.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace {

using namespace floe;
using namespace floe::test;
namespace fs = std::filesystem;

std::string tar_of(const std::string& directory) {
  auto tree = open_tree(directory);
  EXPECT_TRUE(tree);
  auto plan = plan_tree(*tree);
  EXPECT_TRUE(plan) << (plan ? "" : describe(plan.error()));
  rope_reader reader{plan->content};
  std::string out(plan->content.size(), '\0');
  const auto done = reader.read(0, std::as_writable_bytes(std::span{out}));
  EXPECT_TRUE(done) << (done ? "" : describe(done.error()));
  return out;
}

void set_time(const std::string& path, int64_t seconds, long nanoseconds) {
  const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, timespec{seconds, nanoseconds}};
  ::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
}

TEST(round_trip, brings_back_everything_that_a_tar_holds) {
  const scratch_directory scratch;
  const auto from = scratch / "from";
  const auto to = scratch / "to";
  fs::create_directories(to);
  write_file(from + "/plain", "content");
  write_file(from + "/empty", "");
  write_file(from + "/d/e/f", std::string(100'000, 'x'));
  write_file(from + "/\xff\xfe name\n", "bytes");
  write_file(from + "/" + std::string(250, 'n') + "/" + std::string(250, 'm'), "long");
  fs::create_hard_link(from + "/plain", from + "/d/again");
  fs::create_symlink("../../outside", from + "/d/link");
  fs::create_symlink(std::string(300, 't'), from + "/long-link");
  ASSERT_EQ(::mkfifo((from + "/pipe").c_str(), 0620), 0);
  const unique_fd sparse{::open((from + "/sparse").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  ASSERT_EQ(::pwrite(sparse.get(), "end", 3, 8 << 20), 3);
  ::setxattr((from + "/plain").c_str(), "user.note", "a=b\n\0c", 6, 0);
  fs::permissions(from + "/empty", fs::perms{04711});
  fs::permissions(from + "/d", fs::perms{01750});
  if (::geteuid() == 0) {
    ASSERT_EQ(::lchown((from + "/d/e/f").c_str(), 1234, 56'789), 0);
    ASSERT_EQ(::lchown((from + "/d/link").c_str(), 4'000'000'000U, 7), 0);
  }
  set_time(from + "/plain", 1'000'000'000, 123'456'789);
  set_time(from + "/d/link", -5, 0);
  set_time(from + "/d/e", 77, 1);
  set_time(from + "/d", 5'000'000'000, 999'999'999);
  set_time(from, 42, 42);
  const auto wanted = tar_of(from);
  const unique_fd target{::open(to.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  memory_source source{wanted, 9'999};
  const auto report = extract_tar(source, target.get(), "a tree", {});
  ASSERT_TRUE(report) << describe(report.error());
  for (const auto& warning : report->warnings)
    ADD_FAILURE() << warning;
  const auto found = tar_of(to);
  EXPECT_TRUE(found == wanted)
      << "the tars differ at byte "
      << std::mismatch(found.begin(), found.end(), wanted.begin(), wanted.end()).first -
             found.begin();
}

} // namespace
