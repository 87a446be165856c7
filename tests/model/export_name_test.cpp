// Goal: every archive of a batch gets a plain file name of its own, or the user learns why not.
// Method: patterns against names written down by hand.
#include "model/export_name.hpp"

#include <gtest/gtest.h>

namespace floe {

namespace {

const export_subject web{"web", std::string(64, 'a'), "localhost/web:latest", "host-1",
                         "20260131T235959Z"};

std::string filled(std::string_view pattern) {
  return export_file_name(pattern, web).value_or("");
}

TEST(export_name, fills_in_what_is_known_of_a_container) {
  EXPECT_EQ(filled("{name}.tar.zst"), "web.tar.zst");
  EXPECT_EQ(filled("{id}"), std::string(64, 'a'));
  EXPECT_EQ(filled("{host}-{name}-{short_id}-{timestamp}.tar"),
            "host-1-web-aaaaaaaaaaaa-20260131T235959Z.tar");
}

TEST(export_name, makes_image_names_fit_for_files) {
  EXPECT_EQ(filled("{image}"), "localhost_web_latest");
}

TEST(export_name, takes_doubled_braces_as_braces) {
  EXPECT_EQ(filled("{{{name}}}"), "{web}");
}

TEST(export_name, refuses_what_is_no_plain_file_name) {
  for (const char* pattern : {"", ".", "..", "a/b", "../{name}", "{name}\n", "\x01"}) {
    const auto name = export_file_name(pattern, web);
    ASSERT_FALSE(name) << pattern;
    EXPECT_EQ(name.error().code, error_code::usage);
  }
  EXPECT_FALSE(export_file_name(std::string(201, 'x'), web));
}

TEST(export_name, refuses_a_hostile_container_name) {
  auto hostile = web;
  hostile.name = "../../etc/passwd";
  EXPECT_FALSE(export_file_name("{name}", hostile));
}

TEST(export_name, says_which_braces_are_wrong) {
  EXPECT_FALSE(export_file_name("{name", web));
  EXPECT_FALSE(export_file_name("name}", web));
  const auto unknown = export_file_name("{colour}", web);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().cause, "there is nothing called {colour}");
}

TEST(export_name, gives_a_batch_its_names_in_order) {
  auto db = web;
  db.name = "db";
  const auto names = export_file_names("{name}.tar", {web, db});
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{"web.tar", "db.tar"}));
}

TEST(export_name, refuses_one_name_for_two_containers) {
  auto db = web;
  db.name = "db";
  const auto names = export_file_names("all.tar", {web, db});
  ASSERT_FALSE(names);
  EXPECT_EQ(names.error().cause, "containers web and db would both be written to all.tar");
}

} // namespace

} // namespace floe
