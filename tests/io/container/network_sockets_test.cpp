// Goal: CRIU locks the network of a container unless nothing there could receive a packet.
// Method: the namespaces of this process, whose TCP socket counts, and of a process with a new one,
// which has no socket. The real lock is in
// tests/interop/podman_containers_are_checkpointed_test.sh.
#include "io/container/network_sockets.hpp"
#include "io/posix/process.hpp"
#include "io/posix/process_watch.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace floe {

namespace {

TEST(may_use_network, is_true_where_a_socket_listens) {
  const unique_fd listening{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  ASSERT_TRUE(listening);
  ASSERT_EQ(::listen(listening.get(), 1), 0);
  EXPECT_TRUE(may_use_network(::getpid()));
}

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
