// Goal: a checkpoint that lies unpacked in a directory is read as an archive is, and what does not
// belong into one is refused. Method: directories made here.
#include "io/archive/directory_reader.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>

using namespace floe;
using namespace floe::test;

namespace {

class directory_reader_of : public testing::Test {
 protected:
  void SetUp() override {
    put("config.dump", R"({"id":"1"})");
    put("spec.dump", "{}");
    put("checkpoint/inventory.img", "inventory");
    put("volumes/data.tar", std::string(100'000, 'v'));
  }

  void put(const std::string& name, const std::string& content) {
    const std::filesystem::path path{scratch / name};
    std::filesystem::create_directories(path.parent_path());
    write_file(path, content);
  }

  error_code refusal(archive_limits limits = {}) {
    auto reader = archive_reader::open(scratch / "", limits);
    return reader ? error_code::none : reader.error().code;
  }

  scratch_directory scratch;
};

std::string drain(byte_source& source) {
  std::string out;
  std::string piece(30'000, '\0');
  for (;;) {
    const auto got = source.read(std::as_writable_bytes(std::span{piece}));
    EXPECT_TRUE(got) << (got ? "" : describe(got.error()));
    if (!got || *got == 0)
      return out;
    out.append(piece, 0, *got);
  }
}

} // namespace

TEST_F(directory_reader_of, has_the_members_and_their_content) {
  const auto reader = archive_reader::open(scratch / "");
  ASSERT_TRUE(reader) << describe(reader.error());
  EXPECT_TRUE((*reader)->indexed());
  EXPECT_EQ((*reader)->document("config.dump"), R"({"id":"1"})");
  EXPECT_EQ((*reader)->document("network.status").error().code, error_code::no_such_file);
  std::string seen;
  ASSERT_TRUE((*reader)->visit([&](const archive_member& member, byte_source& source) {
    seen += member.name + "=" + std::to_string(drain(source).size()) + " ";
    return expected<void>{};
  }));
  EXPECT_EQ(seen, "config.dump=10 spec.dump=2 checkpoint=0 checkpoint/inventory.img=9 volumes=0 "
                  "volumes/data.tar=100000 ");
  EXPECT_EQ((*reader)->stored_size(), 100'021);
  EXPECT_TRUE((*reader)->verify());
}

TEST_F(directory_reader_of, lets_only_the_link_to_a_pre_checkpoint_in) {
  put("pre-checkpoint/pages-1.img", "old");
  std::filesystem::create_symlink("../pre-checkpoint", scratch / "checkpoint/parent");
  EXPECT_EQ(refusal(), error_code::none);
  std::filesystem::remove(scratch / "checkpoint/parent");
  std::filesystem::create_symlink("/etc", scratch / "checkpoint/parent");
  EXPECT_EQ(refusal(), error_code::archive_refused);
}

TEST_F(directory_reader_of, refuses_what_does_not_belong_into_a_checkpoint) {
  put("etc/passwd", "root");
  EXPECT_EQ(refusal(), error_code::archive_refused);
  std::filesystem::remove_all(scratch / "etc");
  put("checkpoint/deep/pages-1.img", "x");
  EXPECT_EQ(refusal(), error_code::archive_refused);
  std::filesystem::remove_all(scratch / "checkpoint/deep");
  EXPECT_EQ(refusal({.members_max = 3}), error_code::archive_refused);
  std::filesystem::remove(scratch / "config.dump");
  EXPECT_EQ(refusal(), error_code::archive_foreign);
}

TEST_F(directory_reader_of, does_not_follow_what_is_put_there_later) {
  const auto reader = archive_reader::open(scratch / "");
  ASSERT_TRUE(reader);
  std::filesystem::remove(scratch / "config.dump");
  std::filesystem::create_symlink("/etc/passwd", scratch / "config.dump");
  EXPECT_FALSE((*reader)->document("config.dump"));
  put("spec.dump", "");
  EXPECT_EQ((*reader)->document("spec.dump").error().code, error_code::archive_damaged);
}
