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

std::string in_envelope(const google::protobuf::MessageLite& content) {
  const auto message = content.SerializeAsString();
  return little_endian(static_cast<uint32_t>(message.size())) + message;
}

std::string image_of(const criu::Core& core) {
  return little_endian(0x54564319) + little_endian(0x55053847) + in_envelope(core);
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

TEST_F(credentials, of_names_that_criu_does_not_open_or_many_in_one_are_refused) {
  for (const char* file : {"core-02.img", "core-.img", "core-x.img", "core-2.img.img"}) {
    test::write_file(scratch_ / file, image_of(core_));
    EXPECT_EQ(code_of(check()), error_code::archive_refused) << file;
    std::filesystem::remove(scratch_ / file);
  }
  test::write_file(scratch_ / "core-2.img", image_of(core_) + in_envelope(core_));
  EXPECT_EQ(code_of(check()), error_code::archive_damaged);
}

/// Process 1 with the threads 1 and 6, of which only the first has filters of its own: as CRIU
/// writes processes whose threads all have the same.
class synchronized_threads : public credentials {
 protected:
  synchronized_threads() {
    core_.mutable_thread()->set_seccomp_filter(1);
    thread_ = core_;
    thread_.clear_task();
    thread_.mutable_thread()->clear_seccomp_mode();
    thread_.mutable_thread()->clear_seccomp_filter();
    process_.set_pid(1);
    process_.add_threads(1);
    process_.add_threads(6);
    filters_.add_filters()->set_flags(tsync);
    filters_.add_filters()->set_flags(tsync);
    filters_.mutable_filters(1)->set_prev(0);
  }

  error_code check_all() {
    test::write_file(scratch_ / "core-6.img", image_of(thread_));
    test::write_file(scratch_ / "pstree.img",
                     little_endian(0x54564319) + little_endian(0x50273030) + in_envelope(process_));
    test::write_file(scratch_ / "seccomp.img",
                     little_endian(0x54564319) + little_endian(0x64413049) + in_envelope(filters_));
    return code_of(check());
  }

  static constexpr uint32_t tsync = 1;
  criu::Core thread_;
  criu::Process process_;
  criu::SeccompFilters filters_;
};

TEST_F(synchronized_threads, have_the_filters_of_the_first) {
  EXPECT_EQ(check_all(), error_code::none);
}

TEST_F(synchronized_threads, need_all_filters_to_be_passed_on) {
  for (int i : {0, 1}) {
    filters_.mutable_filters(i)->set_flags(0);
    EXPECT_EQ(check_all(), error_code::archive_refused);
    filters_.mutable_filters(i)->set_flags(tsync);
  }
  filters_.mutable_filters(0)->set_prev(1); // a circle
  EXPECT_EQ(check_all(), error_code::archive_refused);
  filters_.mutable_filters(0)->set_prev(2); // beyond the end
  EXPECT_EQ(check_all(), error_code::archive_refused);
  filters_.mutable_filters(0)->clear_prev();
  core_.mutable_thread()->set_seccomp_mode(1); // strict mode has none
  EXPECT_EQ(check_all(), error_code::archive_refused);
}

TEST_F(synchronized_threads, are_those_of_one_process) {
  process_.set_pid(6);
  EXPECT_EQ(check_all(), error_code::archive_refused);
  process_.set_pid(2); // which is not in the images
  EXPECT_EQ(check_all(), error_code::archive_refused);
  process_.set_pid(1);
  process_.clear_threads();
  EXPECT_EQ(check_all(), error_code::archive_refused);
}

TEST_F(synchronized_threads, are_passed_on_by_old_images_without_a_flag) {
  filters_.mutable_filters(1)->set_flags(0);
  core_.mutable_task()->set_old_seccomp_mode(2);
  core_.mutable_task()->set_old_seccomp_filter(1);
  EXPECT_EQ(check_all(), error_code::none);
  core_.mutable_task()->set_old_seccomp_mode(0); // it counts instead of the thread's
  EXPECT_EQ(check_all(), error_code::archive_refused);
}

TEST_F(synchronized_threads, in_damaged_images_are_errors) {
  ASSERT_EQ(check_all(), error_code::none);
  for (const char* file : {"pstree.img", "seccomp.img"}) {
    test::write_file(scratch_ / file, "damaged");
    EXPECT_EQ(code_of(check()), error_code::archive_damaged) << file;
    std::filesystem::remove(scratch_ / file);
    EXPECT_FALSE(check()) << file;
    ASSERT_EQ(check_all(), error_code::none);
  }
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
