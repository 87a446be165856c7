#include "model/document_spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

namespace floe {

namespace {

/// Names of the OCI runtime specification, and those of libpod's configuration that mean something
/// to floe.
constexpr std::array known_names{
    // the specification
    "ociVersion", "root", "path", "readonly", "hostname", "domainname", "mounts", "destination",
    "type", "source", "options", "uidMappings", "gidMappings", "containerID", "hostID", "size",
    "process", "terminal", "consoleSize", "height", "width", "user", "uid", "gid", "umask",
    "additionalGids", "username", "args", "commandLine", "env", "cwd", "capabilities", "bounding",
    "effective", "inheritable", "permitted", "ambient", "rlimits", "hard", "soft",
    "noNewPrivileges", "apparmorProfile", "oomScoreAdj", "scheduler", "policy", "nice", "priority",
    "flags", "runtime", "deadline", "period", "selinuxLabel", "ioPriority", "class",
    "execCPUAffinity", "initial", "final", "hooks", "prestart", "createRuntime", "createContainer",
    "startContainer", "poststart", "poststop", "timeout", "annotations", "linux", "vm", "solaris",
    "windows", "zos", "sysctl", "resources", "devices", "allow", "major", "minor", "access",
    "fileMode", "memory", "cpu", "pids", "blockIO", "hugepageLimits", "network", "classID",
    "priorities", "rdma", "unified", "cgroupsPath", "namespaces", "netDevices", "seccomp",
    "defaultAction", "defaultErrnoRet", "architectures", "listenerPath", "listenerMetadata",
    "syscalls", "names", "action", "errnoRet", "index", "value", "valueTwo", "op",
    "rootfsPropagation", "maskedPaths", "readonlyPaths", "mountLabel", "intelRdt", "closID",
    "l3CacheSchema", "memBwSchema", "enableCMT", "enableMBM", "memoryPolicy", "personality",
    "domain", "timeOffsets", "secs", "nanosecs",
    // the configuration
    "spec", "id", "name", "pod", "namespace", "lockID", "idMappingsOptions", "HostUIDMapping",
    "HostGIDMapping", "UIDMap", "GIDMap", "container_id", "host_id", "AutoUserNs", "AutoUserNsOpts",
    "InitialSize", "PasswdFile", "GroupFile", "AdditionalUIDMappings", "AdditionalGIDMappings",
    "Dependencies", "rootfsImageID", "rootfsImageName", "rootfs", "rootfs_overlay",
    "rootfs_mapping", "ShmDir", "NoShm", "NOShmShare", "shmSize", "staticDir", "namedVolumes",
    "volumeName", "dest", "setAnonymous", "subPath", "overlayVolumes", "ctrImageVolumes",
    "artifactVolumes", "secrets", "labels", "metadata", "driver", "driverOptions", "Target", "mode",
    "secretsPath", "storageOpts", "chroot_directories", "privileged", "ProcessLabel", "labelopts",
    "groups", "HostUsers", "ipcNsCtr", "mountNsCtr", "netNsCtr", "pidNsCtr", "userNsCtr",
    "utsNsCtr", "cgroupNsCtr", "createNetNS", "staticIP", "staticMAC", "newNetworks", "networks",
    "static_ips", "static_mac", "aliases", "interface_name", "networkMode", "network_options",
    "newPortMappings", "portMappings", "stopSignal", "stopTimeout", "stdin", "createdTime",
    "cgroupManager", "noCgroups", "cgroupsMode", "cgroupParent", "logPath", "logDriver",
    "conmonPidFile", "pid_file", "sdnotifyMode", "sdnotifySocket", "systemd", "healthcheck",
    "timezone", "cdiDevices", "gpus", "device_host_src", "secret_env", "baseHostsFile",
    "mountAllDevices", "passwd_entry", "group_entry", "healthLogDestination", "restart_policy",
    "exposedPorts", "bindMounts"};

/// Objects whose members libpod names otherwise than those of the specification.
struct other_name {
  std::string_view object;
  std::string_view name;
};
constexpr std::array other_names{
    other_name{"secrets", "UID"},          other_name{"secrets", "GID"},
    other_name{"secrets", "Mode"},         other_name{"AutoUserNsOpts", "Size"},
    other_name{"healthcheck", "Timeout"},  other_name{"startupHealthCheck", "Timeout"},
    other_name{"namedVolumes", "SubPath"}, other_name{"", "MountLabel"},
};

/// Maps: what their keys are is anybody's affair.
constexpr std::array free_maps{"annotations", "sysctl",      "unified",       "rdma",
                               "labels",      "metadata",    "driverOptions", "options",
                               "storageOpts", "newNetworks", "networks",      "network_options",
                               "secret_env",  "netDevices",  "exposedPorts",  "logLabels"};

/// As the decoders see a name: letters without case, and those that are no ASCII but become one.
std::string folded(std::string_view name) {
  constexpr std::array others{std::pair{std::string_view{"\xC5\xBF"}, 's'},     // long s
                              std::pair{std::string_view{"\xE2\x84\xAA"}, 'k'}, // Kelvin sign
                              std::pair{std::string_view{"\xC4\xB0"}, 'i'}};    // dotted capital I
  std::string out;
  while (!name.empty()) {
    const auto other = std::ranges::find_if(
        others, [name](const auto& each) { return name.starts_with(each.first); });
    if (other != others.end()) {
      out += other->second;
      name.remove_prefix(other->first.size());
      continue;
    }
    const char letter = name.front();
    out += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    name.remove_prefix(1);
  }
  return out;
}

const std::map<std::string, std::string_view>& known_spellings() {
  static const auto spellings = [] {
    std::map<std::string, std::string_view> made;
    for (const std::string_view name : known_names)
      made.emplace(folded(name), name);
    return made;
  }();
  return spellings;
}

bool is_known_there(std::string_view object, std::string_view name) {
  return std::ranges::any_of(other_names, [&](const other_name& other) {
    return other.object == object && other.name == name;
  });
}

/// \p within is the name of the member whose value, or whose list, this is.
expected<void> check_object(const json& object, std::string_view within,
                            const std::string& subject) {
  std::set<std::string> seen;
  for (const auto& member : object.items()) {
    const auto& name = member.key();
    auto plain = folded(name);
    const auto known = known_spellings().find(plain);
    const bool is_misspelt =
        known != known_spellings().end() && known->second != name && !is_known_there(within, name);
    if (is_misspelt || !seen.insert(std::move(plain)).second)
      return fail(error_code::archive_refused, subject,
                  fmt::format("its documents have the member {} in a spelling that hides it",
                              json(name).dump(-1, ' ', true, json::error_handler_t::replace)),
                  "do not restore it: neither floe nor Podman writes such names");
  }
  return {};
}

bool is_free_map(std::string_view name) {
  return std::ranges::any_of(free_maps, [name](std::string_view each) { return each == name; });
}

expected<void> check_below(const json& value, std::string_view within, const std::string& subject) {
  if (value.is_object() && !is_free_map(within))
    if (auto checked = check_object(value, within, subject); !checked)
      return checked;
  if (!value.is_structured())
    return {};
  for (const auto& member : value.items()) {
    const std::string_view name = value.is_object() ? std::string_view{member.key()} : within;
    // The key of a map is not the name of a member.
    const bool is_entry = value.is_object() && is_free_map(within);
    if (auto checked = check_below(member.value(), is_entry ? std::string_view{} : name, subject);
        !checked)
      return checked;
  }
  return {};
}

} // namespace

expected<void> check_spelling(const json& document, const std::string& subject) {
  return check_below(document, {}, subject);
}

} // namespace floe
