// Goal: the runtime gets what it and its CRIU need to be told. Method: a recorded runtime, a script
// that notes how it is called and what CRIU would read as its configuration.
#include "io/container/runc_runtime.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace floe {

namespace {

class recorded_runtime : public testing::Test {
 protected:
  void SetUp() override {
    const auto program = scratch / "runc";
    test::write_file(program,
                     "#!/bin/sh\necho \"$@\" >>'" + (scratch / "calls") +
                         "'\ncat ${CRIU_CONFIG_FILE:+\"$CRIU_CONFIG_FILE\"} </dev/null >'" +
                         (scratch / "configuration") + "'\n");
    ASSERT_EQ(::chmod(program.c_str(), 0755), 0);
  }

  std::string configuration_of_dump(uint32_t criu_version, bool lock_network) {
    const auto runtime = make_placed_runtime(scratch / "runc", {}, {"/x/criu", criu_version});
    dump_request request;
    request.id = "abc";
    request.work_path = scratch.path();
    request.lock_network = lock_network;
    const auto dumped = runtime->checkpoint(request, std::chrono::seconds{60}, {});
    EXPECT_TRUE(dumped) << describe(dumped.error());
    return test::read_file(scratch / "configuration");
  }

  test::scratch_directory scratch;
};

TEST_F(recorded_runtime, has_criu_leave_out_a_lock_that_nobody_needs) {
  EXPECT_EQ(configuration_of_dump(40'201, false), "network-lock skip\n");
}

TEST_F(recorded_runtime, has_criu_lock_a_network_in_use) {
  EXPECT_EQ(configuration_of_dump(40'201, true), "");
}

TEST_F(recorded_runtime, tells_no_option_to_a_criu_that_does_not_know_it) {
  EXPECT_EQ(configuration_of_dump(31'800, false), "");
}

} // namespace

} // namespace floe
