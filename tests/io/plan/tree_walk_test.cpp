// Goal: a walk sees every file once, survives what others do to the tree meanwhile, and ends.
// Method: scratch trees that the visitor itself changes.
#include "io/plan/tree_walk.hpp"
#include "tests/io/plan/plan_support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sys/stat.h>

namespace floe::plan_test {
namespace {

namespace fs = std::filesystem;

class walk_of_a_tree : public testing::Test {
 protected:
  /// Walks and notes what is seen. \p meanwhile is called at each visit.
  expected<void> walk(const std::function<void(const std::string&)>& meanwhile = {}) {
    return walk(root_.path(), meanwhile);
  }

  expected<void> walk(const std::string& root,
                      const std::function<void(const std::string&)>& meanwhile) {
    const tree_visitor visitor{
        [&](const std::string& path, const file_facts&) -> expected<void> {
          seen_.push_back(path);
          if (meanwhile)
            meanwhile(path);
          return {};
        },
        [&](std::string line) { warnings_.push_back(std::move(line)); },
    };
    return walk_tree(*open_tree(root).value(), "", visitor, {});
  }

  scratch_directory root_;
  std::vector<std::string> seen_;
  std::vector<std::string> warnings_;
};

TEST_F(walk_of_a_tree, skips_what_vanishes_and_says_so) {
  fs::create_directories(root_ / "d/e");
  for (const auto* name : {"a", "b", "d/c"})
    write_file(root_ / name, "x");
  ASSERT_TRUE(walk([&](const std::string& path) {
    if (path.empty()) {
      fs::remove(root_ / "b");
      fs::remove_all(root_ / "d");
    }
  }));
  EXPECT_EQ(seen_, (std::vector<std::string>{"", "a"}));
  EXPECT_EQ(warnings_.size(), 2u);
}

TEST_F(walk_of_a_tree, does_not_enter_a_directory_that_became_a_link) {
  scratch_directory outside;
  write_file(outside / "secret", "x");
  fs::create_directory(root_ / "d");
  write_file(root_ / "a", "x");
  ASSERT_TRUE(walk([&](const std::string& path) {
    if (path == "a") {
      // Nobody has looked at it yet: the tree is too small for that.
      fs::remove(root_ / "d");
      fs::create_directory_symlink(outside.path(), root_ / "d");
    }
  }));
  EXPECT_EQ(seen_, (std::vector<std::string>{"", "a", "d"}));
}

TEST_F(walk_of_a_tree, enters_a_directory_that_replaced_a_file) {
  write_file(root_ / "a", "x");
  write_file(root_ / "b", "x");
  ASSERT_TRUE(walk([&](const std::string& path) {
    if (path.empty()) {
      fs::remove(root_ / "b");
      fs::create_directory(root_ / "b");
      write_file(root_ / "b/in", "x");
    }
  }));
  EXPECT_EQ(seen_, (std::vector<std::string>{"", "a", "b", "b/in"}));
}

TEST_F(walk_of_a_tree, keeps_the_order_when_several_threads_look) {
  std::vector<std::string> wanted{""};
  const auto fill = [&](const std::string& directory, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      auto name = fmt::format("{}f{:05}", directory, i);
      write_file(root_ / name, "x");
      wanted.push_back(std::move(name));
    }
  };
  fill("", 3000);
  for (size_t i = 0; i < 200; ++i) {
    auto name = fmt::format("d{:03}", i);
    fs::create_directories(root_ / (name + "/e"));
    wanted.push_back(name);
    fill(name + "/", i % 7);
    wanted.push_back(name + "/e");
    fill(name + "/e/", 140 * (i % 2));
  }
  ASSERT_TRUE(walk());
  EXPECT_EQ(seen_, wanted);
  EXPECT_EQ(warnings_, std::vector<std::string>{});
}

TEST_F(walk_of_a_tree, ends_at_an_error_of_the_visitor_while_others_look) {
  for (size_t i = 0; i < 9000; ++i)
    write_file(root_ / std::to_string(i), "");
  size_t visits = 0;
  const tree_visitor visitor{[&](const std::string&, const file_facts&) -> expected<void> {
                               if (++visits == 5000)
                                 return fail(error_code::no_space, "here", "it is enough");
                               return {};
                             },
                             [](const std::string&) {}};
  const auto walked = walk_tree(*open_tree(root_.path()).value(), "", visitor, {});
  EXPECT_EQ(walked.error().code, error_code::no_space);
  EXPECT_EQ(visits, 5000U);
}

TEST_F(walk_of_a_tree, is_cancelled_while_others_look) {
  for (size_t i = 0; i < 9000; ++i)
    write_file(root_ / std::to_string(i), "");
  std::stop_source stop;
  size_t visits = 0;
  const tree_visitor visitor{[&](const std::string&, const file_facts&) -> expected<void> {
                               if (++visits == 4000)
                                 stop.request_stop();
                               return {};
                             },
                             [](const std::string&) {}};
  const auto walked = walk_tree(*open_tree(root_.path()).value(), "", visitor, stop.get_token());
  ASSERT_FALSE(walked);
  EXPECT_EQ(walked.error().code, error_code::cancelled);
}

TEST_F(walk_of_a_tree, ends_in_a_tree_that_is_too_deep) {
  // In memory: a disk takes ten seconds for so many directories.
  const scratch_directory deep{"/dev/shm"};
  unique_fd at{::open(deep.path().c_str(), O_RDONLY | O_DIRECTORY)};
  for (size_t i = 0; i <= tree_depth_max; ++i) {
    ASSERT_EQ(::mkdirat(at.get(), "d", 0755), 0);
    at = unique_fd{::openat(at.get(), "d", O_RDONLY | O_DIRECTORY)};
  }
  const auto walked = walk(deep.path(), {});
  ASSERT_FALSE(walked);
  EXPECT_NE(walked.error().cause.find("deep"), std::string::npos);
  EXPECT_EQ(run({"rm", "-rf", deep.path()}), 0);
}

TEST_F(walk_of_a_tree, gives_a_file_as_the_start_alone) {
  write_file(root_ / "a", "x");
  size_t visits = 0;
  const tree_visitor visitor{[&](const std::string& path, const file_facts&) -> expected<void> {
                               EXPECT_EQ(path, "a");
                               ++visits;
                               return {};
                             },
                             [](const std::string&) {}};
  ASSERT_TRUE(walk_tree(*open_tree(root_.path()).value(), "a", visitor, {}));
  EXPECT_EQ(visits, 1u);
}

TEST(printable, keeps_a_path_on_its_line) {
  EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a\\x0ab\\x1b[31m\\x7f");
  EXPECT_EQ(printable("gr\xc3\xbcn"), "gr\xc3\xbcn");
}

TEST(join_path, knows_the_root) {
  EXPECT_EQ(join_path("", "a"), "a");
  EXPECT_EQ(join_path("a", ""), "a");
  EXPECT_EQ(join_path("a/b", "c"), "a/b/c");
}

} // namespace
} // namespace floe::plan_test
