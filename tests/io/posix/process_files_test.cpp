// Goal: it is seen which process has a file open, whatever path leads to it. Method: this process,
// a child of it, and a file that another path leads to.
#include "io/posix/process.hpp"
#include "io/posix/process_files.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace floe {

namespace {

class file_of_a_process : public testing::Test {
 protected:
  void SetUp() override {
    test::write_file(path, "");
    std::filesystem::create_directory_symlink(scratch.path(), scratch / "elsewhere");
  }

  test::scratch_directory scratch;
  std::string path = scratch / "file";
};

TEST_F(file_of_a_process, is_found_by_any_path_that_leads_to_it) {
  EXPECT_FALSE(has_open(::getpid(), path));
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  EXPECT_TRUE(has_open(::getpid(), path));
  EXPECT_TRUE(has_open(::getpid(), scratch / "elsewhere/file"));
  EXPECT_FALSE(has_open(::getpid(), scratch / "missing"));
}

TEST_F(file_of_a_process, is_found_above_it) {
  process_request request;
  request.arguments = {"/bin/cat"};
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const unique_fd reading{ends[0]};
  unique_fd writing{ends[1]};
  request.input = process_stream::descriptor(reading.get());
  auto child = child_process::start(request);
  ASSERT_TRUE(child);
  EXPECT_FALSE(lineage_has_open(child->pid(), path));
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  EXPECT_TRUE(lineage_has_open(child->pid(), path));
  EXPECT_FALSE(has_open(child->pid(), path));
  writing.reset();
  EXPECT_TRUE(child->wait());
}

TEST_F(file_of_a_process, is_looked_for_in_all_others) {
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  EXPECT_TRUE(processes_with_open(path).empty()) << "this one is not meant";
  process_request request;
  request.arguments = {"/bin/sleep", "100"};
  request.descriptors = {{5, file.get()}};
  auto child = child_process::start(request);
  ASSERT_TRUE(child);
  EXPECT_EQ(processes_with_open(path), std::vector<pid_t>{child->pid()});
  ::kill(child->pid(), SIGKILL);
  EXPECT_TRUE(child->wait());
}

} // namespace

} // namespace floe
