// Goal: a specification gets the namespaces of other containers where they are now.
#include "model/joined_namespaces.hpp"

#include <gtest/gtest.h>

namespace floe {
namespace {

TEST(joined_namespaces, are_those_that_the_configuration_names) {
  const auto joined =
      joined_namespaces({{"netNsCtr", "aa"}, {"pidNsCtr", ""}, {"utsNsCtr", "bb"}, {"name", "x"}});
  ASSERT_EQ(joined.size(), 2U);
  EXPECT_EQ(joined[0].type, "network");
  EXPECT_EQ(joined[0].owner, "aa");
  EXPECT_EQ(joined[1].type, "uts");
}

TEST(joined_namespaces, are_files_of_their_owners_process) {
  EXPECT_EQ(namespace_path("network", 12), "/proc/12/ns/net");
  EXPECT_EQ(namespace_path("mount", 12), "/proc/12/ns/mnt");
  EXPECT_EQ(namespace_path("ipc", 12), "/proc/12/ns/ipc");
}

TEST(joined_namespaces, replace_what_a_specification_has_and_leave_the_others) {
  const json spec{
      {"linux",
       {{"namespaces", {{{"type", "pid"}}, {{"type", "network"}, {"path", "/proc/1/ns/net"}}}}}}};
  const auto placed =
      with_namespaces(spec, {{"network", "/proc/2/ns/net"}, {"ipc", "/proc/2/ns/ipc"}});
  EXPECT_EQ(placed["linux"]["namespaces"], json({{{"type", "pid"}},
                                                 {{"type", "network"}, {"path", "/proc/2/ns/net"}},
                                                 {{"type", "ipc"}, {"path", "/proc/2/ns/ipc"}}}));
  EXPECT_EQ(with_namespaces(json::object(), {{"ipc", "x"}}), json::object());
}

} // namespace
} // namespace floe
