// Goal: CRIU locks the network of a container unless nothing there could receive a packet.
// Method: network namespaces of threads and processes of the test's own. The real lock is in
// tests/interop/networks_without_sockets_are_not_locked_test.sh.
#include "io/container/network_sockets.hpp"
#include "io/posix/process.hpp"
#include "io/posix/process_watch.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace floe {

namespace {

class network_sockets : public ::testing::TestWithParam<std::pair<int, int>> {};

TEST_P(network_sockets, count_from_when_they_are_bound) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "a network namespace needs root";
  const auto [family, type] = GetParam();
  std::thread{[family = family, type = type] {
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
    EXPECT_FALSE(may_use_network(::gettid()));
    const unique_fd socket{::socket(family, type | SOCK_CLOEXEC, 0)};
    sockaddr_in6 anywhere{};
    anywhere.sin6_family = static_cast<sa_family_t>(family);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&anywhere), sizeof anywhere),
              0);
    if (type == SOCK_STREAM) {
      ASSERT_EQ(::listen(socket.get(), 1), 0);
    }
    EXPECT_TRUE(may_use_network(::gettid()));
  }}.join();
}

INSTANTIATE_TEST_SUITE_P(of_each_kind, network_sockets,
                         ::testing::Values(std::pair{AF_INET, SOCK_STREAM},
                                           std::pair{AF_INET6, SOCK_STREAM},
                                           std::pair{AF_INET, SOCK_DGRAM},
                                           std::pair{AF_INET6, SOCK_DGRAM}));

TEST(may_use_network, is_true_where_nothing_can_be_told) {
  constexpr pid_t beyond_all_processes = 1 << 30;
  EXPECT_TRUE(may_use_network(beyond_all_processes));
}

TEST(may_use_network, is_false_in_a_namespace_without_sockets) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "a network namespace needs root";
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const unique_fd read_end{ends[0]};
  unique_fd write_end{ends[1]};
  process_request request;
  request.arguments = {"unshare", "--net", "sh", "-c", "echo ready >&3; read -r line"};
  int lines[2];
  ASSERT_EQ(::pipe2(lines, O_CLOEXEC), 0);
  const unique_fd said{lines[0]};
  unique_fd saying{lines[1]};
  request.input = process_stream::descriptor(read_end.get());
  request.descriptors = {{3, saying.get()}};
  auto child = child_process::start(request);
  ASSERT_TRUE(child) << describe(child.error());
  saying.reset();
  char first = 0;
  ASSERT_EQ(::read(said.get(), &first, 1), 1) << "it did not start";
  EXPECT_FALSE(may_use_network(child->pid()));
  write_end.reset();
  EXPECT_TRUE(child->wait());
}

} // namespace

} // namespace floe
