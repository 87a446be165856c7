// Goal: a BoltDB file is read as bbolt reads it, and a damaged one never harms the reader. Method:
// files made by a small generator, damaged in known places and at random (with a fixed seed); the
// files of the real Podman are in real_podman_test.cpp.
#include "io/podman/bolt_file.hpp"
#include "io/posix/unique_fd.hpp"
#include "tests/io/podman/bolt_builder.hpp"
#include "tests/io/podman/walk_bolt.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <future>
#include <sys/file.h>
#include <unistd.h>

using namespace floe;
using namespace floe::test;

namespace {

constexpr auto page_bytes = bolt_builder::page_bytes;

bolt_tree sample() {
  bolt_tree tree;
  for (int number = 100; number < 150; ++number)
    tree.buckets["many"].values["key" + std::to_string(number)] = std::to_string(number);
  tree.buckets["many"].values["large"] = std::string(3 * page_bytes, 'l');
  tree.buckets["few"].values["a"] = "1";
  tree.buckets["empty"];
  tree.buckets["outer"].buckets["inner"].buckets["innermost"].values["deep"] = "value";
  return tree;
}

bolt_bucket open_sample() {
  auto root = bolt_file::parse(bolt_builder::build(sample()), "sample");
  EXPECT_TRUE(root) << describe(root.error());
  return *root;
}

error_code code_of(std::string file) {
  const auto counted = count_entries(std::move(file));
  return counted ? error_code::none : counted.error().code;
}

} // namespace

TEST(bolt_file, has_the_values_of_large_and_of_inline_buckets) {
  const auto root = open_sample();
  const auto many = root.find_bucket("many")->value();
  EXPECT_EQ(many.find_value("key100")->value(), "100");
  EXPECT_EQ(many.find_value("key149")->value(), "149");
  EXPECT_EQ(many.find_value("large")->value().size(), 3 * page_bytes);
  EXPECT_FALSE(many.find_value("key150")->has_value());
  EXPECT_FALSE(many.find_value("")->has_value());
  EXPECT_EQ(root.find_bucket("few")->value().find_value("a")->value(), "1");
}

TEST(bolt_file, tells_buckets_from_values) {
  const auto root = open_sample();
  EXPECT_FALSE(root.find_value("many")->has_value());
  EXPECT_FALSE(root.find_bucket("many")->value().find_bucket("key100")->has_value());
  EXPECT_FALSE(root.find_bucket("nothing")->has_value());
}

TEST(bolt_file, has_buckets_within_buckets) {
  const auto inner = open_sample().find_bucket("outer")->value().find_bucket("inner")->value();
  EXPECT_EQ(inner.find_bucket("innermost")->value().find_value("deep")->value(), "value");
}

TEST(bolt_file, gives_the_entries_in_order_until_told_to_stop) {
  std::string last;
  size_t count = 0;
  const auto many = open_sample().find_bucket("many")->value();
  EXPECT_TRUE(many.for_each([&](const bolt_entry& entry) -> expected<void> {
    EXPECT_LT(last, entry.key);
    last = entry.key;
    ++count;
    return {};
  }));
  EXPECT_EQ(count, 51U);
  const auto stopped = many.for_each(
      [](const bolt_entry&) -> expected<void> { return fail(error_code::cancelled, "", ""); });
  EXPECT_EQ(stopped.error().code, error_code::cancelled);
}

TEST(bolt_file, goes_by_the_newer_transaction_that_was_written_whole) {
  auto file = bolt_builder::build(sample());
  bolt_tree newer;
  newer.values["new"] = "yes";
  // Another tree behind the first, with a newer meta page 0.
  const auto other = bolt_builder::build(newer);
  const auto id = file.size() / page_bytes;
  auto page = other.substr(2 * page_bytes, page_bytes);
  page.replace(0, 8, reinterpret_cast<const char*>(&id), 8);
  file += page;
  bolt_builder::write_meta(file, 0, id, id + 1, bolt_builder::transaction + 1);
  EXPECT_EQ(bolt_file::parse(file, "file")->find_value("new")->value(), "yes");
  file[16 + 40] ^= 1; // the write of meta page 0 was torn
  EXPECT_FALSE(bolt_file::parse(file, "file")->find_value("new")->has_value());
  EXPECT_TRUE(bolt_file::parse(file, "file")->find_bucket("many")->has_value());
}

TEST(bolt_file, of_a_newer_version_is_unknown) {
  auto file = bolt_builder::build(sample());
  for (uint64_t id : {0, 1})
    bolt_builder::write_meta(file, id, 2, 3, id, 3);
  EXPECT_EQ(code_of(file), error_code::database_unknown);
}

TEST(bolt_file, whose_pages_form_a_circle_is_damaged) {
  bolt_tree tree;
  for (int number = 0; number < 20; ++number)
    tree.values["key" + std::to_string(number)] = "value";
  auto file = bolt_builder::build(tree);
  const auto root = file.size() / page_bytes - 1; // the branch page is written last
  file.replace(root * page_bytes + 16 + 8, 8, reinterpret_cast<const char*>(&root), 8);
  EXPECT_EQ(code_of(file), error_code::database_damaged);
  EXPECT_EQ(bolt_file::parse(file, "file")->find_value("a").error().code,
            error_code::database_damaged);
}

TEST(bolt_file, that_is_none_is_damaged) {
  EXPECT_EQ(code_of(""), error_code::database_damaged);
  EXPECT_EQ(code_of("text"), error_code::database_damaged);
  EXPECT_EQ(code_of(std::string(64 * page_bytes, '\0')), error_code::database_damaged);
  EXPECT_EQ(bolt_file::open("/nowhere/at/all").error().code, error_code::no_such_file);
  EXPECT_EQ(bolt_file::open("/proc").error().code, error_code::database_damaged);
}

TEST(bolt_file, that_is_damaged_anywhere_only_causes_errors) {
  const auto good = bolt_builder::build(sample());
  const auto entries = count_entries(good);
  ASSERT_TRUE(entries) << describe(entries.error());
  std::mt19937 random{20240917};
  size_t refused = 0;
  for (int round = 0; round < 6000; ++round) {
    const auto code = code_of(damage(good, random));
    refused += code == error_code::none ? 0 : 1;
    ASSERT_TRUE(code == error_code::none || code == error_code::database_damaged ||
                code == error_code::database_unknown)
        << to_string(code);
  }
  EXPECT_GT(refused, 1000U);
}

TEST(bolt_file, is_not_read_while_somebody_writes_it) {
  const scratch_directory scratch;
  const auto path = scratch / "file.db";
  write_file(path, bolt_builder::build(sample()));
  const unique_fd writer{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  ASSERT_EQ(::flock(writer.get(), LOCK_EX), 0);
  EXPECT_EQ(bolt_file::open(path, std::chrono::milliseconds{50}).error().code,
            error_code::timed_out);
  auto reader = std::async(std::launch::async, [&] { return bolt_file::open(path); });
  EXPECT_EQ(reader.wait_for(std::chrono::milliseconds{50}), std::future_status::timeout);
  ASSERT_EQ(::flock(writer.get(), LOCK_UN), 0);
  EXPECT_TRUE(reader.get());
  // It keeps nobody out once it has read.
  EXPECT_EQ(::flock(writer.get(), LOCK_EX | LOCK_NB), 0);
}
