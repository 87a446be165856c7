// Goal: a CRIU waits where it reads its configuration, reads what it is to read, and never waits
// for somebody who is gone. Method: cat in CRIU's place, and CRIU itself.
#include "io/container/criu_gate.hpp"
#include "io/container/criu_program.hpp"
#include "io/container/runc_runtime.hpp"
#include "io/posix/process.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace floe {

namespace {

process_result read_of(const std::string& path) {
  process_request request;
  request.arguments = {"/bin/cat", path};
  const auto result = run_process(request, {});
  return result ? *result : process_result{};
}

class opened_gate : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0)
      GTEST_SKIP() << "only root is asked before a file is opened";
  }
};

TEST_F(opened_gate, tells_each_reader_what_it_is_to_read) {
  std::atomic<int> openings = 0;
  const auto gate = criu_gate::open([&](pid_t) { return "opening " + std::to_string(++openings); });
  ASSERT_TRUE(gate) << describe(gate.error());
  EXPECT_EQ(read_of((*gate)->path()).output, "opening 1");
  EXPECT_EQ(read_of((*gate)->path()).output, "opening 2");
  EXPECT_EQ(openings, 2);
}

TEST_F(opened_gate, ends_a_criu_that_it_does_not_let_in) {
  const auto criu = find_criu("");
  if (!criu)
    GTEST_SKIP() << describe(criu.error());
  bool lets_in = false;
  const auto gate =
      criu_gate::open([&](pid_t) { return lets_in ? criu_gate::answer{""} : std::nullopt; });
  ASSERT_TRUE(gate);
  process_request request;
  request.arguments = {criu->path, "check"};
  request.environment = runtime_environment(criu->path);
  request.environment->push_back("CRIU_CONFIG_FILE=" + (*gate)->path());
  auto refused = run_process(request, {});
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->succeeded()) << refused->output;
  lets_in = true;
  auto welcome = run_process(request, {});
  ASSERT_TRUE(welcome);
  EXPECT_TRUE(welcome->succeeded()) << welcome->errors;
}

TEST_F(opened_gate, keeps_nobody_waiting_when_there_is_no_descriptor_to_spare) {
  const auto gate = criu_gate::open([](pid_t) { return "in"; });
  ASSERT_TRUE(gate);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  process_request request;
  request.arguments = {"/bin/sh", "-c", "sleep 0.2; cat " + (*gate)->path()};
  auto turned_away = child_process::start(request);
  ASSERT_TRUE(turned_away);
  const rlimit none{3, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  siginfo_t ended{};
  const auto waited =
      ::waitid(P_PID, static_cast<id_t>(turned_away->pid()), &ended, WEXITED | WNOWAIT);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(waited, 0);
  EXPECT_TRUE(turned_away->wait());
  EXPECT_EQ(read_of((*gate)->path()).output, "in");
}

TEST_F(opened_gate, is_a_file_that_is_not_there_afterwards) {
  std::string path;
  {
    const auto gate = criu_gate::open([](pid_t) { return ""; });
    ASSERT_TRUE(gate);
    path = (*gate)->path();
  }
  EXPECT_FALSE(read_of(path).succeeded());
}

} // namespace

} // namespace floe
