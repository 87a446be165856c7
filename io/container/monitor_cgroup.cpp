#include "io/container/monitor_cgroup.hpp"

#include "io/posix/file_tree.hpp"
#include "io/posix/unique_fd.hpp"

#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/stat.h>

namespace floe {

void move_to_monitor_cgroup(pid_t pid) {
  auto text = std::to_string(pid);
  const std::string mounts = "/sys/fs/cgroup";
  for (const auto* hierarchy : {"", "/systemd", "/freezer", "/memory", "/pids"}) {
    // A v1 host has a tmpfs at the top, where nothing can be moved.
    auto top = mounts + hierarchy;
    struct stat status {};
    if (::stat((top + "/cgroup.procs").c_str(), &status) != 0)
      continue;
    auto own = top + "/libpod_parent/conmon";
    if (!make_directories(own, 0755))
      continue;
    unique_fd processes{::open((own + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC)};
    if (processes) [[maybe_unused]]
      auto moved = ::write(processes.get(), text.data(), text.size());
  }
}

} // namespace floe
