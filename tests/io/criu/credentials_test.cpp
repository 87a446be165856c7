// Goal: images that make processes more than their specification allows are refused. Method: images
// written as CRIU writes them, with one right too many per case.
#include "io/criu/credentials.hpp"
#include "io/criu/criu_images.pb.h"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

namespace {

using namespace floe;

std::string little_endian(uint32_t value) {
  std::string out;
  for (int i = 0; i < 4; ++i, value >>= 8)
    out += static_cast<char>(value & 0xff);
  return out;
}

std::string image_of(const criu::Core& core) {
  const auto message = core.SerializeAsString();
  return little_endian(0x54564319) + little_endian(0x55053847) +
         little_endian(static_cast<uint32_t>(message.size())) + message;
}

class credentials : public testing::Test {
 protected:
  credentials() {
    auto& rights = *core_.mutable_thread()->mutable_credentials();
    for (auto* mask :
         {rights.mutable_permitted(), rights.mutable_effective(), rights.mutable_bounding()}) {
      mask->Add(1 << 0 | 1 << 7); // CHOWN and SETUID
      mask->Add(0);
    }
    rights.set_no_new_privileges(1);
    core_.mutable_thread()->set_seccomp_mode(2);
    core_.mutable_task()->set_state(1);
  }

  expected<void> check() {
    test::write_file(scratch_ / "core-1.img", image_of(core_));
    return check_credentials(scratch_.path(), spec_, "web.tar.zst");
  }

  error_code code_of(const expected<void>& checked) {
    return checked ? error_code::none : checked.error().code;
  }

  test::scratch_directory scratch_;
  criu::Core core_;
  json spec_ = json::parse(R"({
    "process": {"capabilities": {"bounding": ["CAP_CHOWN", "CAP_SETUID"]}, "noNewPrivileges": true},
    "linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO"}}})");
};

TEST_F(credentials, pass_if_the_specification_grants_them) {
  const auto checked = check();
  EXPECT_TRUE(checked) << describe(checked.error());
}

TEST_F(credentials, beyond_the_bounding_set_are_refused_by_name) {
  core_.mutable_thread()->mutable_credentials()->mutable_effective()->Set(0, 1 << 21);
  const auto checked = check();
  ASSERT_EQ(code_of(checked), error_code::archive_refused);
  EXPECT_NE(checked.error().cause.find("CAP_SYS_ADMIN"), std::string::npos);
  EXPECT_NE(checked.error().advice.find("--trust"), std::string::npos);
}

TEST_F(credentials, of_any_thread_and_any_set_count) {
  for (const char* file : {"core-7.img", "core-42.img"}) {
    auto other = core_;
    other.mutable_thread()->mutable_credentials()->mutable_inheritable()->Add(1 << 12);
    test::write_file(scratch_ / file, image_of(other));
    EXPECT_EQ(code_of(check()), error_code::archive_refused);
    test::write_file(scratch_ / file, image_of(core_));
  }
  core_.mutable_thread()->mutable_credentials()->mutable_bounding()->Set(1, 1 << 7);
  EXPECT_EQ(code_of(check()), error_code::archive_refused);
}

TEST_F(credentials, without_seccomp_or_no_new_privileges_are_refused) {
  core_.mutable_thread()->set_seccomp_mode(0);
  EXPECT_EQ(code_of(check()), error_code::archive_refused);
  core_.mutable_thread()->set_seccomp_mode(2);
  core_.mutable_thread()->mutable_credentials()->set_no_new_privileges(0);
  EXPECT_EQ(code_of(check()), error_code::archive_refused);
}

TEST_F(credentials, with_another_label_are_refused) {
  spec_["process"]["apparmorProfile"] = "containers-default";
  core_.mutable_thread()->mutable_credentials()->set_lsm_profile("unconfined");
  EXPECT_EQ(code_of(check()), error_code::archive_refused);
  core_.mutable_thread()->mutable_credentials()->set_lsm_profile("containers-default");
  EXPECT_EQ(code_of(check()), error_code::none);
}

TEST_F(credentials, may_be_missing_for_the_dead_only) {
  core_.mutable_thread()->clear_credentials();
  EXPECT_EQ(code_of(check()), error_code::archive_refused);
  core_.mutable_task()->set_state(6);
  EXPECT_EQ(code_of(check()), error_code::none);
}

TEST_F(credentials, in_broken_images_or_none_are_errors) {
  EXPECT_EQ(code_of(check_credentials(scratch_.path(), spec_, "a")), error_code::no_checkpoint);
  ASSERT_TRUE(check());
  test::write_file(scratch_ / "creds-1.img", "old");
  EXPECT_EQ(code_of(check()), error_code::archive_refused);
  std::filesystem::remove(scratch_ / "creds-1.img");
  const auto image = image_of(core_);
  for (size_t cut = 0; cut < image.size(); ++cut) {
    test::write_file(scratch_ / "core-2.img", image.substr(0, cut));
    EXPECT_EQ(code_of(check()), error_code::archive_damaged) << cut;
  }
}

} // namespace
