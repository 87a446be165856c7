// What the tests of plans share: a scratch directory, the bytes of a rope, and a second opinion on
// a tar from libarchive's reader and from GNU tar.
#pragma once

#include "io/plan/rope_reader.hpp"
#include "io/plan/tar_plan.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace floe::plan_test {

using test::read_file;
using test::scratch_directory;
using test::write_file;

/// All bytes of a rope; a change or an error fails the test.
std::string bytes_of(const rope& content);

/// A member as libarchive's reader sees it.
struct seen_member {
  std::string name;
  std::string link;
  bool hard_link = false;
  unsigned mode = 0;
  int64_t uid = 0;
  int64_t gid = 0;
  int64_t size = 0;
  int64_t seconds = 0;
  long nanoseconds = 0;
  int64_t device_major = 0;
  int64_t device_minor = 0;
  std::map<std::string, std::string> attributes;
  std::string content; ///< left out beyond 64 MiB
};

/// Reads a tar. Fails the test if there is anything wrong with it.
std::vector<seen_member> members_of(const std::string& tar);

/// The member of that name; fails the test and gives an empty one if there is none.
seen_member find_member(const std::vector<seen_member>& members, const std::string& name);
std::vector<std::string> names_of(const std::vector<seen_member>& members);

/// Runs a program with these arguments and gives its exit code.
int run(const std::vector<std::string>& arguments);

/// A description of a tree, one line for each file: all that a tar is to preserve. Equal trees give
/// equal text.
std::string describe_tree(const std::string& root, bool with_directory_times = true);

} // namespace floe::plan_test
