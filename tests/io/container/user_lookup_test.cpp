// Goal: users are found as Podman finds them, and a hostile root filesystem leads nowhere. Method:
// texts of passwd and group; a directory with links and a FIFO.
#include "io/container/etc_files.hpp"
#include "io/container/user_lookup.hpp"
#include "io/posix/in_root.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace floe;
namespace fs = std::filesystem;

namespace {

constexpr auto passwd = "root:x:0:0:root:/root:/bin/sh\n\n"
                        "  web:x:1000:1001:web:/home/web:/bin/sh\nshort:x:9\n";
constexpr auto group = "# comment\nroot:x:0:\nweb:x:1001:\nlogs:x:7:web,other\nadm:x:4:web\n";

expected<resolved_user> resolve(const std::string& user,
                                const std::vector<std::string>& groups = {}) {
  return resolve_user(passwd, group, user, groups);
}

class in_root : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/floe-root-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = fs::canonical(pattern);
    fs::create_directories(directory_ + "/root/etc");
    std::ofstream{directory_ + "/passwd"} << "evil:x:5:5::/:/bin/sh\n";
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string root() const { return directory_ + "/root"; }

  std::string directory_;
};

} // namespace

TEST(user_lookup, names_and_numbers_are_resolved) {
  auto web = resolve("web");
  ASSERT_TRUE(web) << describe(web.error());
  EXPECT_EQ(web->uid, 1000u);
  EXPECT_EQ(web->gid, 1001u);
  EXPECT_EQ(web->home, "/home/web");
  EXPECT_EQ(web->further, (std::vector<uint32_t>{7, 4}));
  EXPECT_EQ(resolve("1000")->home, "/home/web");
  EXPECT_EQ(resolve("77")->uid, 77u);
  EXPECT_EQ(resolve("77")->gid, 0u);
  EXPECT_EQ(resolve("")->home, "/root");
  EXPECT_EQ(resolve("web:logs")->gid, 7u);
  EXPECT_TRUE(resolve("web:logs")->further.empty());
  EXPECT_EQ(resolve("web:55")->gid, 55u);
  EXPECT_EQ(resolve("short")->uid, 9u);
  EXPECT_EQ(resolve("77", {"adm", "12"})->further, (std::vector<uint32_t>{4, 12}));
}

TEST(user_lookup, what_is_not_there_is_named) {
  for (const auto* user : {"nobody", "web:nogroup", "-1", "2147483648", "web:99999999999"}) {
    auto found = resolve(user);
    ASSERT_FALSE(found) << user;
    EXPECT_EQ(found.error().code, error_code::usage);
  }
  EXPECT_FALSE(resolve("web", {"nogroup"}));
  EXPECT_EQ(resolve_user("", "", "", {})->uid, 0u);
}

TEST_F(in_root, links_are_resolved_inside) {
  fs::create_directories(root() + "/real");
  fs::create_symlink("/real", root() + "/absolute");
  fs::create_symlink("../../../../real", root() + "/etc/upwards");
  EXPECT_EQ(*resolve_in_root(root(), "/absolute"), root() + "/real");
  EXPECT_EQ(*resolve_in_root(root(), "/etc/upwards"), root() + "/real");
  EXPECT_EQ(resolve_in_root(root(), "/nothing").error().code, error_code::no_such_file);
}

TEST_F(in_root, directories_are_made_inside) {
  fs::create_symlink("/", root() + "/top");
  ASSERT_TRUE(make_directories_in_root(root(), "/top/a/b", ::getuid(), ::getgid()));
  EXPECT_TRUE(fs::is_directory(root() + "/a/b"));
  EXPECT_TRUE(make_directories_in_root(root(), "/a/b", ::getuid(), ::getgid()));
}

TEST_F(in_root, hostile_passwd_files_are_not_followed) {
  fs::create_symlink(directory_ + "/passwd", root() + "/etc/passwd");
  EXPECT_FALSE(look_up_user(root(), "evil", {}));
  fs::remove(root() + "/etc/passwd");
  ASSERT_EQ(::mkfifo((root() + "/etc/passwd").c_str(), 0600), 0);
  EXPECT_FALSE(look_up_user(root(), "evil", {}));
  EXPECT_TRUE(look_up_user(root(), "5", {}));
  fs::remove(root() + "/etc/passwd");
  fs::create_directory(root() + "/etc/passwd");
  EXPECT_TRUE(look_up_user(root(), "", {}));
}

TEST(etc_files, hosts_keeps_the_base_and_adds_what_is_missing) {
  EXPECT_EQ(make_hosts("127.0.0.1 localhost # me\n\n# x\n10.0.0.1\tdb  db.local\n", "127.0.0.1",
                       "ice", "web"),
            "127.0.0.1\tlocalhost\n10.0.0.1\tdb db.local\n127.0.0.1\tice web\n");
  EXPECT_EQ(make_hosts("", "127.0.0.1", "ice", "web"),
            "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.0.1\tice web\n");
}
