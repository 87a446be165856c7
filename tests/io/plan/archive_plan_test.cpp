// Goal: an archive has the members, the order and the names that Podman and FORMAT.md want, and
// rope::members() says where each one is. Method: plan archives of a made-up bundle and look at the
// bytes.
#include "io/plan/archive_plan.hpp"
#include "tests/io/plan/plan_support.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace floe::plan_test {
namespace {

namespace fs = std::filesystem;

class planned_archive : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(bundle_ / "checkpoint");
    write_file(bundle_ / "checkpoint/pages-1.img", std::string(20'000, 'p'));
    write_file(bundle_ / "checkpoint/inventory.img", "inventory");
    write_file(bundle_ / "stats-dump", "statistics");
    write_file(bundle_ / "dump.log", "not for the archive");
    ::chmod((bundle_ / "checkpoint").c_str(), 0700);
    fs::create_directory(volume_ / "d");
    write_file(volume_ / "d/large", std::string(9000, 'v'));
    write_file(volume_ / "small", "s");
  }

  archive_files parts() {
    archive_files parts;
    parts.config_dump = "{\"config\": 1}";
    parts.bundle = open_tree(bundle_.path()).value();
    return parts;
  }

  archive_images images(const rope& front) {
    archive_images parts;
    parts.bundle = open_tree(bundle_.path()).value();
    parts.spec_dump = "{\"spec\": 1}";
    parts.begin = front.end_offset();
    return parts;
  }

  rope volume(bool align = false) {
    auto plan = plan_tree(open_tree(volume_.path()).value(), {.align_data = align});
    EXPECT_TRUE(plan);
    return std::move(plan->content);
  }

  static rope front_of(archive_files parts) {
    auto front = plan_archive_files(std::move(parts));
    EXPECT_TRUE(front) << describe(front.error());
    return front ? std::move(*front) : rope{};
  }

  static rope rest_of(const archive_images& parts) {
    auto rest = plan_archive_images(parts);
    EXPECT_TRUE(rest) << describe(rest.error());
    return rest ? std::move(*rest) : rope{};
  }

  /// The bytes of the whole archive.
  std::string archive_of(archive_files parts) {
    const auto front = front_of(std::move(parts));
    return bytes_of(front) + bytes_of(rest_of(images(front)));
  }

  scratch_directory bundle_;
  scratch_directory volume_;
};

TEST_F(planned_archive, of_little_begins_with_the_configuration_and_ends_with_the_specification) {
  const auto tar = archive_of(parts());
  const auto members = members_of(tar);
  EXPECT_EQ(names_of(members),
            (std::vector<std::string>{"config.dump", "network.status", "artifacts/", "stats-dump",
                                      "checkpoint/", "checkpoint/inventory.img",
                                      "checkpoint/pages-1.img", "spec.dump"}));
  EXPECT_EQ(find_member(members, "config.dump").content, "{\"config\": 1}");
  EXPECT_EQ(find_member(members, "config.dump").mode, S_IFREG | 0600U);
  EXPECT_EQ(find_member(members, "network.status").content, "null");
  EXPECT_EQ(find_member(members, "checkpoint/").mode, S_IFDIR | 0700U);
  EXPECT_EQ(find_member(members, "artifacts/").mode, S_IFDIR | 0755U);
  EXPECT_TRUE(tar.ends_with(std::string(1024, '\0')));
  EXPECT_EQ(tar.size() % 512, 0u);
}

TEST_F(planned_archive, of_everything_has_all_members_in_order) {
  auto all = parts();
  write_file(bundle_ / "console.log", "log");
  all.log_file = "console.log";
  all.network_status = "{}";
  all.shared_memory = volume();
  all.rootfs_diff = volume();
  all.deleted_files = {"/bin/ip", "/etc/<x>"};
  all.volumes.push_back({"data", volume()});
  all.volumes.push_back({std::string(150, 'n'), volume()});
  all.modified_seconds = 1'700'000'000;
  fs::create_directory_symlink("../pre-checkpoint", bundle_ / "checkpoint/parent");
  const auto members = members_of(archive_of(std::move(all)));
  EXPECT_EQ(names_of(members), (std::vector<std::string>{
                                   "config.dump", "network.status", "artifacts/", "ctr.log",
                                   "devshm-checkpoint.tar", "deleted.files", "rootfs-diff.tar",
                                   "volumes/data.tar", "volumes/" + std::string(150, 'n') + ".tar",
                                   "stats-dump", "checkpoint/", "checkpoint/inventory.img",
                                   "checkpoint/pages-1.img", "checkpoint/parent", "spec.dump"}));
  EXPECT_EQ(find_member(members, "ctr.log").content, "log");
  EXPECT_EQ(find_member(members, "deleted.files").content,
            "[\n  \"/bin/ip\",\n  \"/etc/\\u003cx\\u003e\"\n]");
  EXPECT_EQ(find_member(members, "checkpoint/parent").link, "../pre-checkpoint");
  EXPECT_EQ(find_member(members, "config.dump").seconds, 1'700'000'000);
  const auto inner = members_of(find_member(members, "volumes/data.tar").content);
  EXPECT_EQ(names_of(inner), (std::vector<std::string>{"./", "./small", "./d/", "./d/large"}));
  EXPECT_EQ(find_member(inner, "./d/large").content, std::string(9000, 'v'));
}

TEST_F(planned_archive, says_where_its_members_are) {
  auto some = parts();
  some.volumes.push_back({"data", volume()});
  const auto front = front_of(std::move(some));
  const auto rest = rest_of(images(front));
  const auto tar = bytes_of(front) + bytes_of(rest);
  const auto seen = members_of(tar);
  auto members = front.members();
  members.insert(members.end(), rest.members().begin(), rest.members().end());
  ASSERT_EQ(members.size(), seen.size());
  uint64_t end = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    const auto& member = members[i];
    EXPECT_EQ(member.name + (member.type == '5' ? "/" : ""), seen[i].name);
    EXPECT_EQ(member.header_offset, end);
    EXPECT_EQ(tar.substr(member.data_offset, member.size), seen[i].content) << member.name;
    end = (member.data_offset + member.size + 511) / 512 * 512;
  }
  EXPECT_EQ(end + 1024, rest.end_offset());
}

TEST_F(planned_archive, has_what_the_container_may_change_in_front) {
  auto some = parts();
  some.volumes.push_back({"data", volume()});
  fs::remove_all(bundle_ / "checkpoint"); // as before the dump
  const auto front = front_of(std::move(some));
  EXPECT_EQ(front.members().back().name, "volumes/data.tar");
}

TEST_F(planned_archive, leaves_out_what_is_empty_or_missing) {
  auto some = parts();
  fs::remove(bundle_ / "stats-dump");
  some.rootfs_diff = rope{};
  some.log_file = "missing.log";
  const auto names = names_of(members_of(archive_of(std::move(some))));
  EXPECT_EQ(std::ranges::count(names, "rootfs-diff.tar"), 0);
  EXPECT_EQ(std::ranges::count(names, "stats-dump"), 0);
  EXPECT_EQ(std::ranges::count(names, "ctr.log"), 0);
}

TEST_F(planned_archive, of_a_pre_checkpoint_holds_its_directory) {
  fs::rename(bundle_ / "checkpoint", bundle_ / "pre-checkpoint");
  const auto front = front_of(parts());
  auto some = images(front);
  some.images_directory = "pre-checkpoint";
  const auto members = members_of(bytes_of(front) + bytes_of(rest_of(some)));
  EXPECT_EQ(find_member(members, "pre-checkpoint/inventory.img").content, "inventory");
}

TEST_F(planned_archive, aligns_nested_data_with_the_archive) {
  auto some = parts();
  some.align_data = true;
  some.volumes.push_back({"data", volume(true)});
  some.volumes.push_back({"more", volume(true)});
  const auto front = front_of(std::move(some));
  auto behind = images(front);
  behind.align_data = true;
  const auto rest = rest_of(behind);
  size_t aligned = 0;
  for (const auto* content : {&front, &rest})
    for (const auto& part : content->segments())
      if (part.kind == segment_kind::file && content->files()[part.file].size >= 4096) {
        EXPECT_EQ(part.offset % 4096, 0u) << content->files()[part.file].path;
        ++aligned;
      }
  EXPECT_EQ(aligned, 3u);
  for (const auto& member : front.members())
    if (member.name.starts_with("volumes/")) {
      EXPECT_EQ(member.data_offset % 4096, 0u);
    }
  members_of(bytes_of(front) + bytes_of(rest));
}

TEST_F(planned_archive, of_a_large_memory_image_has_exact_sizes) {
  const auto large = uint64_t{9} << 30;
  fs::resize_file(bundle_ / "checkpoint/pages-1.img", large);
  const auto archive = rest_of(images(front_of(parts())));
  EXPECT_GT(archive.size(), large);
  EXPECT_LT(archive.size(), large + 20'000);
  const auto found =
      std::ranges::find(archive.members(), "checkpoint/pages-1.img", &planned_member::name);
  ASSERT_NE(found, archive.members().end());
  EXPECT_EQ(found->size, large);
}

TEST_F(planned_archive, without_images_fails_with_their_name) {
  fs::remove_all(bundle_ / "checkpoint");
  const auto archive = plan_archive_images(images(rope{}));
  ASSERT_FALSE(archive);
  EXPECT_EQ(archive.error().subject, bundle_ / "checkpoint");
}

TEST_F(planned_archive, refuses_images_that_are_links) {
  fs::create_symlink("/etc/shadow", bundle_ / "checkpoint/pages-2.img");
  const auto archive = plan_archive_images(images(rope{}));
  ASSERT_FALSE(archive);
  EXPECT_EQ(archive.error().subject, bundle_ / "checkpoint/pages-2.img");
}

TEST_F(planned_archive, refuses_volume_names_that_are_paths) {
  for (const auto* name : {"", "..", "a/b", "../x"}) {
    auto some = parts();
    some.volumes.push_back({name, volume()});
    EXPECT_FALSE(plan_archive_files(std::move(some))) << name;
  }
}

} // namespace
} // namespace floe::plan_test
