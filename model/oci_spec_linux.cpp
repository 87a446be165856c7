// The `linux` object of a container's specification: namespaces, resources, devices and what is
// hidden from it.
#include "model/oci_spec.hpp"
#include "model/seccomp_profile.hpp"

#include <cmath>

namespace floe {

namespace {

constexpr int64_t pids_limit = 2048;
constexpr int64_t cpu_period_us = 100'000;
constexpr uint64_t memory_bytes_min = uint64_t{6} << 20; // runc needs about that much to start
constexpr uint64_t memory_bytes_max = uint64_t{1} << 60;

json make_namespaces(const spec_request& request) {
  json namespaces = json::array({{{"type", "pid"}}});
  if (request.options.network != "host")
    namespaces.push_back({{"type", "network"}});
  for (const auto* type : {"ipc", "uts", "mount"})
    namespaces.push_back({{"type", type}});
  if (request.host.cgroup_v2)
    namespaces.push_back({{"type", "cgroup"}});
  return namespaces;
}

expected<json> make_resources(const spec_request& request) {
  const auto& options = request.options;
  json resources = json::object();
  resources["devices"] = json::array({{{"allow", options.privileged}, {"access", "rwm"}}});
  if (options.memory != 0) {
    if (options.memory < memory_bytes_min || options.memory > memory_bytes_max)
      return fail(error_code::usage, "memory limit " + std::to_string(options.memory),
                  "it is below 6 MiB or beyond all measure");
    resources["memory"] = {{"limit", options.memory}};
    if (request.host.swap_limit)
      resources["memory"]["swap"] = options.memory * 2;
  }
  if (options.cpus != 0) {
    // The kernel takes no quota below a millisecond.
    if (!(options.cpus >= 0.01) || options.cpus > 100'000)
      return fail(error_code::usage, "number of CPUs", "it is below 0.01 or beyond all measure");
    resources["cpu"] = {{"quota", std::llround(options.cpus * static_cast<double>(cpu_period_us))},
                        {"period", cpu_period_us}};
  }
  resources["pids"] = {{"limit", pids_limit}};
  return resources;
}

json make_devices(const std::vector<device_node>& nodes) {
  json devices = json::array();
  for (const auto& node : nodes)
    devices.push_back({{"path", node.path},
                       {"type", std::string(1, node.type)},
                       {"major", node.major},
                       {"minor", node.minor},
                       {"fileMode", node.mode},
                       {"uid", node.uid},
                       {"gid", node.gid}});
  return devices;
}

json masked_paths() {
  return {"/proc/acpi",       "/proc/kcore",       "/proc/keys",        "/proc/latency_stats",
          "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
          "/sys/firmware",    "/sys/fs/selinux",   "/sys/dev/block"};
}

json readonly_paths() {
  return {"/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
}

} // namespace

expected<json> make_linux(const spec_request& request,
                          const std::vector<std::string>& capabilities) {
  json out = json::object();
  // Unprivileged ping for everybody in a network namespace of their own.
  if (request.options.network != "host")
    out["sysctl"] = {{"net.ipv4.ping_group_range", "0 0"}};
  auto resources = make_resources(request);
  if (!resources)
    return resources;
  out["resources"] = std::move(*resources);
  out["cgroupsPath"] = "/libpod_parent/libpod-" + request.id;
  out["namespaces"] = make_namespaces(request);
  if (request.options.privileged) {
    out["devices"] = make_devices(request.host.devices);
    return out;
  }
  if (!request.host.seccomp_profile.is_null()) {
    auto filter = convert_seccomp_profile(
        request.host.seccomp_profile,
        {request.host.architecture, capabilities, request.host.kernel}, "the seccomp profile");
    if (!filter)
      return filter;
    out["seccomp"] = std::move(*filter);
  }
  out["maskedPaths"] = masked_paths();
  out["readonlyPaths"] = readonly_paths();
  return out;
}

} // namespace floe
