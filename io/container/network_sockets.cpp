#include "io/container/network_sockets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

namespace floe {

namespace {

// proc(5): a line of titles, then one for each socket.
constexpr std::array tables{"tcp",      "tcp6", "udp",  "udp6", "udplite",
                            "udplite6", "raw",  "raw6", "icmp", "icmp6"};

bool lists_a_socket(const std::string& path) {
  std::ifstream table{path};
  std::string line;
  std::getline(table, line);
  return std::getline(table, line) && !line.empty();
}

} // namespace

bool may_use_network(pid_t pid) {
  const auto directory = fmt::format("/proc/{}/net/", pid);
  // IPv6 may be absent from a kernel; without the table of TCP nothing can be told.
  if (!std::ifstream{directory + tables.front()})
    return true;
  return std::ranges::any_of(tables,
                             [&](const char* table) { return lists_a_socket(directory + table); });
}

} // namespace floe
