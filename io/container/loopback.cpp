#include "io/container/loopback.hpp"

#include "io/posix/system_error.hpp"
#include "io/posix/unique_fd.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <thread>

namespace floe {

namespace {

/// For a thread of its own: it stays in that namespace.
expected<void> set_up_in(int network_namespace, const std::string& subject) {
  if (::setns(network_namespace, CLONE_NEWNET) != 0)
    return system_failure(errno, subject, "enter");
  const unique_fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  if (!socket || ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0)
    return system_failure(errno, subject + ", device lo", "look at");
  if ((request.ifr_flags & IFF_UP) != 0)
    return {};
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
    return system_failure(errno, subject + ", device lo", "set up");
  return {};
}

} // namespace

expected<void> set_loopback_up(pid_t pid) {
  const auto path = "/proc/" + std::to_string(pid) + "/ns/net";
  const unique_fd network_namespace{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!network_namespace)
    return system_failure(errno, path, "open");
  expected<void> result;
  std::thread{[&] { result = set_up_in(network_namespace.get(), path); }}.join();
  return result;
}

} // namespace floe
