// Goal: the whiteouts of an OCI layer hide what the layers below have, and nothing of their own.
// Method: layers written block by block are unpacked and looked at as overlayfs would; devices and
// trusted attributes take root.
#include "io/archive/extract.hpp"
#include "io/posix/unique_fd.hpp"
#include "tests/support/memory_source.hpp"
#include "tests/support/raw_tar.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace {

using namespace floe;
using namespace floe::test;

class whiteout : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0)
      GTEST_SKIP() << "whiteouts need root";
  }

  expected<extract_report> unpack(std::string bytes, whiteout_mode mode = whiteout_mode::oci) {
    const unique_fd directory{::open(scratch_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    memory_source source{std::move(bytes), 777};
    extract_policy policy;
    policy.whiteouts = mode;
    return extract_tar(source, directory.get(), "layer", policy);
  }

  bool hides(const std::string& name) const {
    struct stat found {};
    return ::lstat((scratch_ / name).c_str(), &found) == 0 && S_ISCHR(found.st_mode) &&
           found.st_rdev == 0;
  }

  bool is_opaque(const std::string& name) const {
    char value = 0;
    return ::getxattr((scratch_ / name).c_str(), "trusted.overlay.opaque", &value, 1) == 1 &&
           value == 'y';
  }

  scratch_directory scratch_;
};

TEST_F(whiteout, hides_one_name_or_a_whole_directory) {
  const auto report = unpack(raw_tar{}
                                 .directory("etc/")
                                 .file("etc/.wh.gone", "")
                                 .directory("srv/")
                                 .file("srv/.wh..wh..opq", "")
                                 .file("srv/new", "x")
                                 .file(".wh..wh.plnk", "")
                                 .closed());
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_TRUE(hides("etc/gone"));
  EXPECT_FALSE(is_opaque("etc"));
  EXPECT_TRUE(is_opaque("srv"));
  EXPECT_EQ(read_file(scratch_ / "srv/new"), "x");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / ".wh..wh.plnk"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "etc/.wh.gone"));
}

TEST_F(whiteout, leaves_what_its_own_layer_has_in_either_order) {
  const auto report = unpack(raw_tar{}
                                 .file(".wh.a", "")
                                 .file("a", "new")
                                 .file("b", "new")
                                 .file(".wh.b", "")
                                 .file(".wh.c", "")
                                 .directory("c/")
                                 .directory("d/")
                                 .file(".wh.d", "")
                                 .closed());
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(read_file(scratch_ / "a"), "new");
  EXPECT_EQ(read_file(scratch_ / "b"), "new");
  EXPECT_TRUE(is_opaque("c"));
  EXPECT_TRUE(is_opaque("d"));
}

TEST_F(whiteout, of_an_impossible_name_is_refused) {
  for (const auto* name : {".wh.", ".wh..", ".wh..."})
    EXPECT_EQ(unpack(raw_tar{}.file(name, "").closed()).error().code, error_code::archive_refused)
        << name;
}

TEST_F(whiteout, is_a_file_like_others_unless_asked_for) {
  ASSERT_TRUE(unpack(raw_tar{}.file(".wh.a", "x").closed(), whiteout_mode::literal));
  EXPECT_EQ(read_file(scratch_ / ".wh.a"), "x");
  EXPECT_FALSE(hides("a"));
}

} // namespace
