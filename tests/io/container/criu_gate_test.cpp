// Goal: a CRIU waits where it reads its configuration, reads what it is to read, and never waits
// for somebody who is gone. Method: cat in CRIU's place.
#include "io/container/criu_gate.hpp"
#include "io/posix/process.hpp"

#include <gtest/gtest.h>

#include <atomic>
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

TEST_F(opened_gate, turns_away_whom_it_does_not_let_in) {
  bool open = false;
  const auto gate = criu_gate::open([&](pid_t) -> criu_gate::answer {
    return std::exchange(open, true) ? criu_gate::answer{"in"} : std::nullopt;
  });
  ASSERT_TRUE(gate);
  EXPECT_FALSE(read_of((*gate)->path()).succeeded());
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
