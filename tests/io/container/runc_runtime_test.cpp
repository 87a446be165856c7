// Goal: the runtime gets what it and its CRIU need to be told, and a container stands still no
// longer than CRIU needs. Method: a recorded runtime, a script that notes how it is called and
// reads what its CRIUs would read as their configuration: one for the version, one for the dump.
#include "io/container/criu_gate.hpp"
#include "io/container/runc_runtime.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <sys/stat.h>

namespace floe {

namespace {

class recorded_runtime : public testing::Test {
 protected:
  void SetUp() override { act("exit 0"); }

  /// What the runtime does between its two CRIUs and afterwards.
  void act(const std::string& end, bool hands_on_environment = true) {
    const auto program = scratch / "runc";
    const std::string forget = hands_on_environment ? "" : "unset CRIU_CONFIG_FILE\n";
    test::write_file(program, "#!/bin/sh\n" + forget + "cd '" + scratch.path() + R"('
echo "$@" >>calls
criu() {
  cat ${CRIU_CONFIG_FILE:+"$CRIU_CONFIG_FILE"} </dev/null >"$1"
  case $(cat "$1") in '' | 'network-lock skip') ;; *) exit 1 ;; esac
}
mkdir -p images
criu version
[ -e still ] && touch still-before-version-was-told
exec 7<images
[ -e still ] && touch still-before-the-dump
criu configuration
[ -e still ] && touch still-at-the-dump
)" + end + "\n");
    ASSERT_EQ(::chmod(program.c_str(), 0755), 0);
  }

  expected<void> dump(uint32_t criu_version, expected<bool> needs_lock,
                      const std::stop_token& stop = {}) {
    const auto runtime = make_placed_runtime(scratch / "runc", {}, {"/x/criu", criu_version});
    dump_request request;
    request.id = "abc";
    request.work_path = scratch.path();
    request.image_path = scratch / "images";
    request.stand_still = [&, needs_lock]() -> expected<bool> {
      ++standstills;
      test::write_file(scratch / "still", "");
      return needs_lock;
    };
    return runtime->checkpoint(request, std::chrono::seconds{60}, stop);
  }

  std::string configuration_of_dump(uint32_t criu_version, bool needs_lock) {
    const auto dumped = dump(criu_version, needs_lock);
    EXPECT_TRUE(dumped) << describe(dumped.error());
    EXPECT_EQ(test::read_file(scratch / "version"), "");
    return test::read_file(scratch / "configuration");
  }

  bool exists(const std::string& name) { return std::filesystem::exists(scratch / name); }

  test::scratch_directory scratch;
  int standstills = 0;
};

/// Why a CRIU cannot be held back here; empty: it can (criu_gate_test says whether root can).
std::string why_there_is_no_gate() {
  const auto gate = criu_gate::open([](pid_t) { return ""; });
  return gate ? "" : describe(gate.error());
}

TEST_F(recorded_runtime, has_criu_leave_out_a_lock_that_nobody_needs) {
  EXPECT_EQ(configuration_of_dump(40'201, false), "network-lock skip\n");
}

TEST_F(recorded_runtime, has_criu_lock_a_network_in_use) {
  EXPECT_EQ(configuration_of_dump(40'201, true), "");
}

TEST_F(recorded_runtime, tells_no_option_to_a_criu_that_does_not_know_it) {
  EXPECT_EQ(configuration_of_dump(31'800, false), "");
}

TEST_F(recorded_runtime, has_a_container_stand_still_when_the_criu_that_dumps_it_starts) {
  if (const auto why = why_there_is_no_gate(); !why.empty())
    GTEST_SKIP() << why;
  ASSERT_TRUE(dump(40'201, true));
  EXPECT_EQ(standstills, 1);
  EXPECT_FALSE(exists("still-before-version-was-told"));
  EXPECT_FALSE(exists("still-before-the-dump"));
  EXPECT_TRUE(exists("still-at-the-dump"));
}

TEST_F(recorded_runtime, dumps_nothing_that_does_not_stand_still) {
  const auto dumped =
      dump(40'201, tl::unexpected{error{error_code::freeze_failed, "counter", "it moves", ""}});
  ASSERT_FALSE(dumped);
  EXPECT_EQ(dumped.error().code, error_code::freeze_failed);
  EXPECT_EQ(dumped.error().cause, "it moves");
  EXPECT_EQ(standstills, 1);
  EXPECT_FALSE(exists("still-at-the-dump"));
}

TEST_F(recorded_runtime, dumps_again_what_may_have_run_meanwhile) {
  act("[ -e still ] && echo good >images/memory || echo bad >images/memory", false);
  ASSERT_TRUE(dump(40'201, true));
  EXPECT_EQ(standstills, 1);
  EXPECT_EQ(test::read_file(scratch / "images/memory"), "good\n");
}

TEST_F(recorded_runtime, lets_no_criu_in_when_it_is_cancelled) {
  if (const auto why = why_there_is_no_gate(); !why.empty())
    GTEST_SKIP() << why;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(dump(40'201, true, stop.get_token()));
  EXPECT_EQ(standstills, 0);
}

} // namespace

} // namespace floe
