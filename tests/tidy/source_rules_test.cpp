// Goal: each rule finds what it is meant to find, and nothing else. Method: small texts, given as
// files of a chosen path.
#include "tests/tidy/source_rules.hpp"

#include <gtest/gtest.h>

namespace floe::tidy {
namespace {

using namespace std::string_literals;

std::string what(const findings& found) {
  std::string text;
  for (const auto& one : found)
    text += std::to_string(one.line) + ":" + one.what + "\n";
  return text;
}

TEST(code_only, blanks_comments_and_literals_and_keeps_the_lines) {
  EXPECT_EQ(code_only("a; // b\nc(\"d\\\"e\", 'f'); /* g\nh */ i"), "a; \nc(\"\", ''); \n i");
  EXPECT_EQ(code_only("x = R\"y(a\n\")\" )y\" + 1'000'000;"), "x = \"\"\n + 1'000'000;");
  EXPECT_EQ(code_only("\"open\nnext"), "\"\"\nnext");
}

TEST(layout, finds_long_lines_and_white_space) {
  const auto full = std::string(100, 'x') + "\n";
  EXPECT_TRUE(check_layout({"io/a.cpp", full}).empty());
  EXPECT_EQ(what(check_layout({"io/a.cpp", "x" + full})), "1:more than 100 columns\n");
  EXPECT_TRUE(check_layout({"README.md", "x" + full}).empty());
  EXPECT_EQ(check_layout({"io/a.cpp", "a \n\tb\nc\r\n"}).size(), 3U);
  EXPECT_EQ(check_layout({"io/a.cpp", "a"}).size(), 1U);
  EXPECT_EQ(check_layout({"io/a.cpp", "a\n\n"}).size(), 1U);
}

TEST(layout, counts_characters_and_not_bytes) {
  std::string arrows;
  for (int i = 0; i < 100; ++i)
    arrows += "→";
  EXPECT_TRUE(check_layout({"io/a.cpp", arrows + "\n"}).empty());
}

TEST(size, limits_files_and_lets_a_reason_lift_it) {
  std::string text = "// What it is for.\n";
  for (std::size_t i = 0; i < header_lines_max; ++i)
    text += "int a;\n";
  EXPECT_EQ(check_size({"io/a.hpp", text}).size(), 1U);
  EXPECT_TRUE(check_size({"io/a.cpp", text}).empty());
  EXPECT_TRUE(check_size({"messages/a.hpp", text}).empty());
  EXPECT_TRUE(check_size({"io/a.hpp", "// Long because it is a table.\n" + text}).empty());
}

TEST(size, limits_functions_but_not_classes) {
  std::string body;
  for (std::size_t i = 0; i < function_lines_max; ++i)
    body += "  work();\n";
  EXPECT_EQ(
      what(check_size({"io/a.cpp", "// For.\nvoid f(int a,\n       int b) {\n" + body + "}\n"})),
      "2:a function of more than 70 lines; split it by concern\n");
  EXPECT_TRUE(check_size({"io/a.cpp", "class f : public g {\n" + body + "};\n"}).empty());
  EXPECT_TRUE(check_size({"io/a.cpp", "namespace {\n\n" + body + "} // namespace\n"}).empty());
  EXPECT_TRUE(
      check_size({"io/a.cpp", "void f() {\n  work();\n}\n" + body + "int g() {\n}\n"}).empty());
}

TEST(opening, wants_a_sentence_and_a_guard) {
  EXPECT_TRUE(check_opening({"io/a.hpp", "// What this is for.\n#pragma once\n"}).empty());
  EXPECT_EQ(check_opening({"io/a.hpp", "// What this is for.\nint a;\n"}).size(), 1U);
  EXPECT_EQ(check_opening({"io/a.cpp", "#include <map>\n"}).size(), 1U);
  EXPECT_TRUE(check_opening({"io/a.cpp", "#include \"io/a.hpp\"\n"}).empty());
  EXPECT_EQ(check_opening({"io/a.cpp", "#include \"io/b.hpp\"\n"}).size(), 1U);
}

TEST(layers, let_dependencies_point_one_way) {
  EXPECT_TRUE(
      check_layers({"actors/a.cpp", "#include \"io/b.hpp\"\n#include <caf/all.hpp>\n"}).empty());
  EXPECT_EQ(what(check_layers({"io/a.cpp", "#include \"actors/b.hpp\"\n"})),
            "1:io/ must not include actors/\n");
  EXPECT_EQ(check_layers({"messages/a.hpp", "#include \"actors/b.hpp\"\n"}).size(), 1U);
  EXPECT_EQ(check_layers({"model/a.hpp", "#include <sys/stat.h>\n"}).size(), 1U);
  EXPECT_EQ(check_layers({"model/a.cpp", "#include \"b.hpp\"\n"}).size(), 2U);
  EXPECT_TRUE(check_layers({"tests/io/a.cpp", "#include \"tools/b.hpp\"\n#include <caf/all.hpp>\n"})
                  .empty());
}

TEST(layers, keep_caf_out_of_model_and_io) {
  EXPECT_EQ(check_layers({"io/a.cpp", "#include <caf/actor.hpp>\ncaf::actor a;\n"}).size(), 2U);
  EXPECT_TRUE(check_layers({"io/a.cpp", "// unlike caf::actor\n"}).empty());
  EXPECT_TRUE(check_layers({"messages/a.hpp", "caf::result<void> f();\n"}).empty());
}

TEST(banned, finds_calls_that_have_a_replacement) {
  for (const auto* code :
       {"  std::system(x);", "  system(x);", "f = popen(x);", "if (fork() == 0)", "p = new thing;",
        "  delete p;", "  delete[] p;", "malloc(3)", "std::this_thread::sleep_for(1s);",
        "  sleep(1);", "using namespace std;", "std::cout << 1;", "t.detach();"})
    EXPECT_EQ(check_banned({"io/a.cpp", code + "\n"s}).size(), 1U) << code;
}

TEST(banned, leaves_similar_names_alone) {
  for (const auto* code :
       {"actor_system(x);", "self.system().spawn();", "caf::actor_system system(config);",
        "a(a&&) = delete;", "new_name(x);", "fork_rope(x);", "asleep(1);", "// calls fork() itself",
        "f(\"new thing\");", "using namespace std::string_literals;", "renew x;",
        "std::unique_ptr<a>{new a{b}};", "file_system(x);"})
    EXPECT_TRUE(check_banned({"io/a.cpp", code + "\n"s}).empty()) << code;
}

TEST(leftovers, are_found_in_any_text) {
  EXPECT_EQ(check_leftovers({"README.md", "TO"
                                          "DO: write\n"})
                .size(),
            1U);
  EXPECT_EQ(check_leftovers({"io/a.cpp", "// XX"
                                         "X\n"})
                .size(),
            1U);
  EXPECT_TRUE(check_leftovers({"check", "mktemp -d /tmp/floe.XXXXXX; METHOD\n"}).empty());
}

TEST(messages, say_who_sends_them_and_what_comes_back) {
  const auto api = "using handle = api<caf::result<started>(start), caf::result<void>(stop)>;\n"s;
  const auto message = [](const std::string& name) {
    return "struct " + name + " {\n  static constexpr const char* message_name = \"x\";\n};\n";
  };
  const auto asked =
      "/// Asks.\n/// Sent by: the engine.\n/// Reply: started.\n" + message("start");
  const auto check = [&](const std::string& text) {
    return what(check_messages({"messages/a.hpp", text + api}));
  };
  EXPECT_EQ(check(asked + "/// The answer.\n" + message("started")), "");
  EXPECT_EQ(check("/// Asks.\n/// Reply: none.\n" + message("stop")),
            "3:stop does not say 'Sent by:'\n");
  EXPECT_EQ(check(message("started")), "1:started has no /// comment\n");
  EXPECT_EQ(check("struct helper {\n};\n"), "");
}

} // namespace
} // namespace floe::tidy
