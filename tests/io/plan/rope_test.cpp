// Goal: a rope gives back exactly what was put in, by any cut, and does not grow with every append.
// Method: build small ropes and compare them with the same bytes in a string.
#include "io/plan/rope.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace floe {
namespace {

std::string read_literal(const rope& content, const segment& part, uint64_t from, size_t length) {
  std::string out(length, '?');
  content.copy_literal(part, from, std::as_writable_bytes(std::span{out}));
  return out;
}

std::shared_ptr<const tree_root> some_tree() {
  return std::make_shared<const tree_root>(tree_root{unique_fd{}, "/nowhere"});
}

/// Text like tar headers: compressible, and no two places alike.
std::string numbered_text(size_t bytes) {
  std::string text;
  for (size_t i = 0; text.size() < bytes; ++i)
    text += "line " + std::to_string(i) + std::string(40, '-');
  text.resize(bytes);
  return text;
}

TEST(rope, starts_empty) {
  const rope content;
  EXPECT_EQ(content.size(), 0u);
  EXPECT_TRUE(content.segments().empty());
}

TEST(rope, joins_neighbours_of_a_kind) {
  rope content;
  content.append_literal("head");
  content.append_literal("er");
  content.append_zeros(1000);
  content.append_zeros(1000);
  content.append_zeros(0);
  const auto tree = content.add_tree(some_tree());
  const auto file = content.add_file({tree, "a", 100, 1, 2, 3, 4});
  content.append_file(file, 0, 60);
  content.append_file(file, 60, 40);
  content.append_file(file, 0, 10);
  ASSERT_EQ(content.segments().size(), 4u);
  EXPECT_EQ(content.segments()[0].length, 6u);
  EXPECT_EQ(content.segments()[1].length, 2000u);
  EXPECT_EQ(content.segments()[2].length, 100u);
  EXPECT_EQ(content.segments()[3].offset, 2106u);
  EXPECT_EQ(content.size(), 2116u);
}

TEST(rope, finds_the_segment_of_an_offset) {
  rope content;
  content.append_literal("abc");
  content.append_zeros(600);
  content.append_literal("d");
  EXPECT_EQ(content.segment_at(0), 0u);
  EXPECT_EQ(content.segment_at(2), 0u);
  EXPECT_EQ(content.segment_at(3), 1u);
  EXPECT_EQ(content.segment_at(602), 1u);
  EXPECT_EQ(content.segment_at(603), 2u);
}

TEST(rope, makes_padding_a_part_of_the_literals) {
  rope content;
  content.append_literal("abc");
  content.pad_to(512);
  content.append_literal("def");
  ASSERT_EQ(content.segments().size(), 1u);
  EXPECT_EQ(content.size(), 515u);
  EXPECT_EQ(read_literal(content, content.segments()[0], 0, 515),
            "abc" + std::string(509, '\0') + "def");
  content.pad_to(5);
  EXPECT_EQ(content.size(), 515u);
}

TEST(rope, copies_any_part_of_a_long_literal) {
  const auto text = numbered_text(1'000'000);
  rope content;
  content.append_zeros(1024);
  for (size_t at = 0; at < text.size(); at += 777)
    content.append_literal(std::string_view{text}.substr(at, 777));
  ASSERT_EQ(content.segments().size(), 2u);
  std::mt19937 random{7};
  for (int i = 0; i < 300; ++i) {
    const auto from = random() % text.size();
    const auto length = std::min<size_t>(random() % 200'000, text.size() - from);
    EXPECT_EQ(read_literal(content, content.segments()[1], 1024 + from, length),
              text.substr(from, length));
  }
}

TEST(rope, is_read_by_several_threads_at_once) {
  const auto text = numbered_text(2'000'000);
  rope content;
  content.append_literal(text);
  std::vector<std::jthread> readers;
  std::atomic<int> wrong = 0;
  for (unsigned seed = 0; seed < 4; ++seed)
    readers.emplace_back([&, seed] {
      std::mt19937 random{seed};
      for (int i = 0; i < 200; ++i) {
        const auto from = random() % (text.size() - 5000);
        if (read_literal(content, content.segments()[0], from, 5000) != text.substr(from, 5000))
          ++wrong;
      }
    });
  readers.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(rope, joins_another_rope_behind_itself) {
  const auto shared = some_tree();
  rope first;
  first.append_literal("first");
  const auto own = first.add_file({first.add_tree(shared), "own", 5, 0, 0, 0, 0});
  first.append_file(own, 0, 5);

  rope second;
  second.append_literal("second");
  second.add_tree(some_tree());
  const auto theirs = second.add_file({second.add_tree(shared), "theirs", 7, 0, 0, 0, 0});
  second.append_file(theirs, 0, 7);
  second.append_zeros(1024);
  second.add_member({"inner", 0, 6, 7, '0'});

  first.append(std::move(second));
  EXPECT_EQ(first.size(), 5u + 5 + 6 + 7 + 1024);
  ASSERT_EQ(first.segments().size(), 5u);
  EXPECT_EQ(read_literal(first, first.segments()[2], 10, 6), "second");
  const auto& part = first.segments()[3];
  EXPECT_EQ(part.offset, 16u);
  EXPECT_EQ(first.files()[part.file].path, "theirs");
  EXPECT_EQ(first.trees()[first.files()[part.file].tree], shared);
  EXPECT_EQ(first.trees().size(), 2u);
  EXPECT_TRUE(first.members().empty());
}

TEST(rope, joins_many_ropes_with_long_literals) {
  std::string all;
  rope content;
  for (size_t i = 1; i < 40; ++i) {
    const auto text = std::to_string(i) + numbered_text(i * 7001);
    rope part;
    part.append_literal(text);
    content.append(std::move(part));
    content.append_literal("|");
    all += text + "|";
  }
  ASSERT_EQ(content.size(), all.size());
  ASSERT_EQ(content.segments().size(), 1u);
  EXPECT_EQ(read_literal(content, content.segments()[0], 0, all.size()), all);
}

TEST(literal_store, keeps_headers_in_a_fraction_of_their_size) {
  literal_store store;
  store.append(numbered_text(4'000'000));
  EXPECT_EQ(store.size(), 4'000'000u);
  EXPECT_LT(store.stored_size(), 1'000'000u);
}

} // namespace
} // namespace floe
