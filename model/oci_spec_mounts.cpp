// The mounts of a container's specification.
#include "model/oci_spec.hpp"

#include <algorithm>

namespace floe {

namespace {

json mount(const std::string& destination, const std::string& type, const std::string& source,
           std::vector<std::string> options) {
  return {{"destination", destination},
          {"type", type},
          {"source", source},
          {"options", std::move(options)}};
}

json kernel_mounts(const spec_request& request) {
  bool privileged = request.options.privileged;
  std::string access = privileged ? "rw" : "ro";
  json mounts = json::array();
  mounts.push_back(mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}));
  mounts.push_back(mount("/dev", "tmpfs", "tmpfs",
                         {"nosuid", "noexec", "strictatime", "mode=755", "size=65536k"}));
  mounts.push_back(mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", access}));
  mounts.push_back(
      mount("/dev/pts", "devpts", "devpts",
            {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}));
  mounts.push_back(mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}));
  // With a cgroup namespace of its own a container sees and may divide only its own cgroup.
  if (request.host.cgroup_v2 && !privileged)
    access = "rw";
  mounts.push_back(mount("/sys/fs/cgroup", "cgroup", "cgroup",
                         {"rprivate", "nosuid", "noexec", "nodev", "relatime", access}));
  return mounts;
}

/// A mount of the user replaces one of the engine at the same place.
void add_mount(json& mounts, json added) {
  for (auto& known : mounts)
    if (known["destination"] == added["destination"]) {
      known = std::move(added);
      return;
    }
  mounts.push_back(std::move(added));
}

} // namespace

expected<json> make_mounts(const spec_request& request) {
  const auto& options = request.options;
  auto mounts = kernel_mounts(request);
  // What programs expect to be writable stays so.
  if (options.read_only)
    for (const auto* destination : {"/run", "/tmp", "/var/tmp"})
      add_mount(mounts, mount(destination, "tmpfs", "tmpfs",
                              {"rw", "rprivate", "nosuid", "nodev", "tmpcopyup"}));
  for (const auto& text : options.tmpfs) {
    auto parsed = parse_tmpfs_option(text);
    if (!parsed)
      return tl::unexpected{parsed.error()};
    add_mount(mounts, mount(parsed->destination, "tmpfs", "tmpfs", parsed->options));
  }
  for (const auto& text : options.volumes) {
    auto parsed = parse_volume_option(text);
    if (!parsed)
      return tl::unexpected{parsed.error()};
    if (parsed->what == mount_option::kind::host_path)
      add_mount(mounts, mount(parsed->destination, "bind", parsed->source, parsed->options));
  }
  return mounts;
}

} // namespace floe
