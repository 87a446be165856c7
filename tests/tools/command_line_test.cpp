// Goal: the command line as a whole: help, versions, unknown words, and what is generated from its
// description. Method: calls without an engine; the pages in docs/man are compared with fresh ones.
#include "tests/support/scoped_environment.hpp"
#include "tests/tools/support/fake_engine.hpp"
#include "tools/completion.hpp"
#include "tools/man_page.hpp"
#include "tools/verb_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace floe::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(command_line, explains_itself) {
  const auto help = call({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.out, HasSubstr("checkpoint"));
  EXPECT_THAT(help.out, HasSubstr("floe restore /backup/*.tar.zst"));
  EXPECT_THAT(help.out, Not(HasSubstr("complete")));
  EXPECT_THAT(call({"--version"}).out, StartsWith("floe version "));
}

TEST(command_line, shows_examples_in_the_help_of_every_visible_verb) {
  const command_line line;
  const std::function<void(const CLI::App&)> check = [&](const CLI::App& app) {
    for (const auto* verb : visible_verbs(app)) {
      EXPECT_FALSE(verb->get_description().empty()) << verb->get_name();
      if (visible_verbs(*verb).empty()) {
        EXPECT_THAT(verb->help(), HasSubstr("Examples:")) << verb->get_name();
      }
      check(*verb);
    }
  };
  check(line.app());
}

TEST(command_line, refuses_unknown_words_with_64) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"frobnicate"},
                                             {"volume"},
                                             {"volume", "frobnicate"},
                                             {"--bogus", "ps"},
                                             {"ps", "--bogus"},
                                             {"checkpoint", "--jobs", "many", "web"}}) {
    const auto seen = call(arguments);
    EXPECT_EQ(seen.status, 64);
    EXPECT_THAT(seen.errors, StartsWith("Error: "));
    EXPECT_THAT(seen.errors, HasSubstr("--help'"));
    EXPECT_EQ(seen.engines_started, 0U);
  }
}

TEST(command_line, takes_options_for_all_commands_before_and_behind_the_verb) {
  engine_script script;
  script.documents[query_kind::containers] = "[]";
  EXPECT_EQ(call({"--root", "/a", "ps"}, script).status, 0);
  EXPECT_EQ(call({"ps", "--root", "/a", "--log-level", "debug"}, script).status, 0);
  EXPECT_EQ(call({"ps", "--log-level", "loud"}, script).status, 64);
}

TEST(command_line, demands_a_runtime_that_is_named_and_only_prefers_that_of_the_environment) {
  engine_script script;
  script.documents[query_kind::containers] = "[]";
  const test::scoped_environment preferred{{{"FLOE_RUNTIME", "crun"}}};
  call({"ps"}, script);
  EXPECT_FALSE(script.runtime_is_demanded);
  call({"ps", "--runtime", "runc"}, script);
  EXPECT_TRUE(script.runtime_is_demanded);
}

TEST(command_line, says_what_is_wrong_with_the_arguments_as_json_too) {
  const auto seen = call({"ps", "--format", "json", "--bogus"});
  EXPECT_EQ(seen.status, 64);
  const auto document = parse_json(seen.out, "the answer");
  ASSERT_TRUE(document) << seen.out;
  EXPECT_EQ((*document)["error"]["code"], "usage");
  EXPECT_EQ((*document)["error"]["cause"], "unknown flag: --bogus");
  EXPECT_EQ(call({"ps", "--bogus"}).out, "");
}

TEST(command_line, takes_a_container_that_is_called_like_a_verb) {
  engine_script script;
  EXPECT_EQ(call({"stop", "start", "ps"}, script).out, "start\nps\n");
}

TEST(completion, knows_every_verb_in_every_shell) {
  const command_line line;
  for (const auto* shell : {"bash", "zsh", "fish"})
    for (const auto* verb : visible_verbs(line.app()))
      EXPECT_THAT(completion_script(line.app(), shell), HasSubstr(verb->get_name()));
}

TEST(man_pages, in_the_tree_are_current) {
  const command_line line;
  size_t pages = 0;
  for (const auto& page : man_pages(line.app())) {
    std::ifstream file{std::filesystem::path{FLOE_SOURCE_DIR} / "docs/man" / page.file_name};
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), page.text) << page.file_name << ": write it anew with `ninja man`";
    ++pages;
  }
  EXPECT_GT(pages, 20U);
}

} // namespace
} // namespace floe::testing
