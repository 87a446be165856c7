// What of this host matters for a container's specification.
#pragma once

#include "model/json.hpp"
#include "model/ulimit.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace floe {

/// A device node of the host, for privileged containers.
struct device_node {
  std::string path;
  char type = 'c'; ///< b, c or p
  int64_t major = 0;
  int64_t minor = 0;
  uint32_t mode = 0; ///< st_mode, with the type's bits
  uint32_t uid = 0;
  uint32_t gid = 0;
};

struct spec_host {
  std::string hostname;
  std::string architecture; ///< as Go names it: `amd64`
  std::pair<int, int> kernel;
  bool cgroup_v2 = false;
  bool swap_limit = false;               ///< the memory controller can limit swap
  std::vector<std::string> capabilities; ///< the bounding set
  std::vector<ulimit> ceilings; ///< hard limits that cannot be raised; empty with CAP_SYS_RESOURCE
  std::vector<device_node> devices;
  json seccomp_profile; ///< of the host's container tools; null: no filter
};

} // namespace floe
