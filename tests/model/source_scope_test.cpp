// Goal: a user can say which of two containers of one name is meant.
#include "model/source_scope.hpp"

#include <gtest/gtest.h>

namespace floe {
namespace {

TEST(source_scope, includes_what_it_says) {
  EXPECT_TRUE(includes(source_scope::all, container_source::native));
  EXPECT_TRUE(includes(source_scope::all, container_source::podman));
  EXPECT_TRUE(includes(source_scope::podman, container_source::podman));
  EXPECT_FALSE(includes(source_scope::podman, container_source::native));
  EXPECT_FALSE(includes(source_scope::native, container_source::podman));
}

TEST(source_scope, is_read_as_it_is_written) {
  for (const auto scope : {source_scope::all, source_scope::native, source_scope::podman})
    EXPECT_EQ(source_scope_from_string(to_string(scope)), scope);
  EXPECT_FALSE(source_scope_from_string("docker"));
}

TEST(scoped_name, says_its_source_before_a_colon) {
  EXPECT_EQ(parse_scoped_name("podman:web", source_scope::all).scope, source_scope::podman);
  EXPECT_EQ(parse_scoped_name("podman:web", source_scope::all).name, "web");
  EXPECT_EQ(parse_scoped_name("native:web", source_scope::podman).scope, source_scope::native);
  EXPECT_EQ(parse_scoped_name("web", source_scope::podman).scope, source_scope::podman);
  EXPECT_EQ(parse_scoped_name("docker:web", source_scope::all).name, "docker:web");
}

} // namespace
} // namespace floe
