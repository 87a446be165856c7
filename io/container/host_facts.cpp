#include "io/container/host_facts.hpp"

#include "io/posix/file_tree.hpp"
#include "model/capabilities.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <set>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr unsigned sys_resource = 24; // CAP_SYS_RESOURCE
// Where the host's container tools keep their filter; the administrator's one first.
constexpr std::array seccomp_profiles{"/etc/containers/seccomp.json",
                                      "/usr/share/containers/seccomp.json"};

std::string go_architecture(const std::string& machine) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> known{{
      {"x86_64", "amd64"},
      {"aarch64", "arm64"},
      {"armv7l", "arm"},
      {"i686", "386"},
      {"ppc64le", "ppc64le"},
      {"s390x", "s390x"},
      {"riscv64", "riscv64"},
  }};
  for (const auto& [name, go_name] : known)
    if (name == machine)
      return std::string{go_name};
  return machine;
}

std::vector<std::string> bounding_capabilities() {
  std::vector<std::string> found;
  for (unsigned number = 0; !capability_name(number).empty(); ++number)
    if (::prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1)
      found.push_back(capability_name(number));
  return found;
}

/// Our own hard limits, which what we start can only lower.
std::vector<ulimit> hard_limits() {
  if (::prctl(PR_CAPBSET_READ, sys_resource, 0, 0, 0) == 1)
    return {};
  constexpr std::array<std::pair<const char*, __rlimit_resource_t>, 16> types{{
      {"RLIMIT_AS", RLIMIT_AS},
      {"RLIMIT_CORE", RLIMIT_CORE},
      {"RLIMIT_CPU", RLIMIT_CPU},
      {"RLIMIT_DATA", RLIMIT_DATA},
      {"RLIMIT_FSIZE", RLIMIT_FSIZE},
      {"RLIMIT_LOCKS", RLIMIT_LOCKS},
      {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
      {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
      {"RLIMIT_NICE", RLIMIT_NICE},
      {"RLIMIT_NOFILE", RLIMIT_NOFILE},
      {"RLIMIT_NPROC", RLIMIT_NPROC},
      {"RLIMIT_RSS", RLIMIT_RSS},
      {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
      {"RLIMIT_RTTIME", RLIMIT_RTTIME},
      {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
      {"RLIMIT_STACK", RLIMIT_STACK},
  }};
  std::vector<ulimit> found;
  for (const auto& [name, resource] : types) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) == 0)
      found.push_back({name, limit.rlim_cur, limit.rlim_max});
  }
  return found;
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

/// Behaviours.md section 10.
std::vector<device_node> device_nodes() {
  static const std::set<std::string> skipped{"pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts"};
  std::vector<device_node> found;
  std::error_code failure;
  namespace fs = std::filesystem;
  fs::recursive_directory_iterator entry{"/dev", fs::directory_options::skip_permission_denied,
                                         failure};
  for (; !failure && entry != fs::end(entry); entry.increment(failure)) {
    auto name = entry->path().filename().string();
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) != 0)
      continue;
    if (S_ISDIR(status.st_mode) && skipped.contains(name))
      entry.disable_recursion_pending();
    char type = S_ISBLK(status.st_mode)    ? 'b'
                : S_ISCHR(status.st_mode)  ? 'c'
                : S_ISFIFO(status.st_mode) ? 'p'
                                           : '\0';
    if (type == '\0' || name == "console")
      continue;
    found.push_back({entry->path().string(), type, static_cast<int64_t>(major(status.st_rdev)),
                     static_cast<int64_t>(minor(status.st_rdev)), status.st_mode, status.st_uid,
                     status.st_gid});
  }
  return found;
}

} // namespace

expected<spec_host> look_at_host(bool with_devices) {
  spec_host host;
  utsname names{};
  ::uname(&names);
  host.hostname = names.nodename;
  host.architecture = go_architecture(names.machine);
  std::sscanf(names.release, "%d.%d", &host.kernel.first, &host.kernel.second);
  host.cgroup_v2 = exists("/sys/fs/cgroup/cgroup.controllers");
  host.swap_limit = host.cgroup_v2 || exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes");
  host.capabilities = bounding_capabilities();
  host.ceilings = hard_limits();
  if (with_devices)
    host.devices = device_nodes();
  for (const auto* path : seccomp_profiles) {
    if (!exists(path))
      continue;
    auto text = read_small_file(path, size_t{4} << 20);
    if (!text)
      return tl::unexpected{text.error()};
    auto profile = parse_json(*text, path);
    if (!profile)
      return fail(error_code::bad_image, path, profile.error().cause);
    host.seccomp_profile = std::move(*profile);
    break;
  }
  return host;
}

} // namespace floe
