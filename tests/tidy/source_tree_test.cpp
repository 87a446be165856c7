// Goal: the whole tree keeps our rules. Method: every file of it goes through all checks; each
// breach is one failure line.
#include "tests/tidy/source_rules.hpp"

#include <gtest/gtest.h>

namespace floe::tidy {
namespace {

TEST(source_tree, keeps_the_rules) {
  const auto files = read_tree(FLOE_SOURCE_DIR);
  ASSERT_GT(files.size(), 20U) << "is " FLOE_SOURCE_DIR " the root of the source?";
  for (const auto& file : files)
    for (const auto& [path, line, what] : check_file(file))
      ADD_FAILURE_AT(path.c_str(), static_cast<int>(line)) << what;
}

} // namespace
} // namespace floe::tidy
