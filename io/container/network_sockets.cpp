#include "io/container/network_sockets.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>

namespace floe {

namespace {

/// Whether a line as `TCP: inuse 1 orphan 0 tw 0 alloc 2 mem 1` counts sockets, or such as wait for
/// the last packets of a connection (proc(5)). What of `sockets: used` is of other families is in
/// none of these. The tables of sockets themselves cost a walk through those of the whole host.
bool counts_sockets(std::istream& counters) {
  for (std::string word; counters >> word;) {
    long count = 0;
    if ((word == "inuse" || word == "tw") && (!(counters >> count) || count != 0))
      return true;
  }
  return false;
}

} // namespace

bool may_use_network(pid_t pid) {
  std::ifstream counters{fmt::format("/proc/{}/net/sockstat", pid)};
  if (!counters || counts_sockets(counters))
    return true;
  // Not there in a kernel without IPv6.
  std::ifstream counters6{fmt::format("/proc/{}/net/sockstat6", pid)};
  return counters6 && counts_sockets(counters6);
}

} // namespace floe
