#include "model/checkpoint_policy.hpp"

#include "model/json_access.hpp"
#include "model/names.hpp"
#include "model/restore_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace floe {

namespace {

/// What is refused, in words; nothing if all is well.
using refusal = std::optional<std::string>;

const json* member_of(const json* object, const char* key) {
  if (object == nullptr || !object->is_object())
    return nullptr;
  const auto found = object->find(key);
  return found == object->end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const json* object, const char* key) {
  const auto* value = member_of(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

/// A text from the archive, for messages: JSON escapes what could drive a terminal.
std::string shown(const std::string& text) {
  return json(text.substr(0, 200)).dump(-1, ' ', true, json::error_handler_t::replace);
}

/// The elements of a list member; nothing for an absent one. Anything but a list has been refused
/// before.
const json& list_of(const json* object, const char* key) {
  static const json none = json::array();
  const auto* value = member_of(object, key);
  return value != nullptr && value->is_array() ? *value : none;
}

refusal check_types(const json& spec) {
  const auto* linux_part = member_of(&spec, "linux");
  const auto* resources = member_of(linux_part, "resources");
  for (const auto& [object, key] :
       {std::pair{&spec, "mounts"}, std::pair{linux_part, "devices"},
        std::pair{linux_part, "namespaces"}, std::pair{resources, "devices"}})
    if (const auto* value = member_of(object, key); value != nullptr && !value->is_array())
      return fmt::format("its specification's {} is no list", key);
  for (const auto& [object, key] :
       {std::pair{&spec, "hooks"}, std::pair{&spec, "annotations"}, std::pair{&spec, "linux"},
        std::pair{&spec, "process"}, std::pair{linux_part, "resources"}})
    if (const auto* value = member_of(object, key); value != nullptr && !value->is_object())
      return fmt::format("its specification's {} is no object", key);
  return std::nullopt;
}

refusal check_identity(const container_config& config) {
  if (!is_id(config.id))
    return "its id " + shown(config.id) + " is not made of 64 hexadecimal digits";
  if (!is_name(config.name))
    return "its name " + shown(config.name) + " is not a container's";
  for (const auto& volume : config.volumes)
    if (!is_name(volume.name))
      return "its volume's name " + shown(volume.name) + " is not a volume's";
  if (config.privileged)
    return "it is a privileged container";
  if (!config.rootfs.empty())
    return "it runs on the host's directory " + shown(config.rootfs);
  return std::nullopt;
}

refusal check_hooks(const json& spec) {
  const auto* hooks = member_of(&spec, "hooks");
  if (hooks == nullptr)
    return std::nullopt;
  for (const auto& [when, list] : hooks->items())
    if (!list.is_null() && !list.empty())
      return "it has a " + shown(when) + " hook: a program to run on the host";
  return std::nullopt;
}

refusal check_annotations(const json& spec) {
  // org.criu.config names a configuration of CRIU, with action scripts; run.oci.* and
  // org.systemd.property.* are orders to crun and runc; CDI's ask for devices.
  constexpr std::array refused{std::string_view{"org.criu."}, std::string_view{"cdi.k8s.io/"},
                               std::string_view{"run.oci.hooks."},
                               std::string_view{"run.oci.handler"},
                               std::string_view{"org.systemd.property."}};
  const auto* annotations = member_of(&spec, "annotations");
  if (annotations == nullptr)
    return std::nullopt;
  for (const auto& annotation : annotations->items()) {
    const auto& key = annotation.key();
    if (std::ranges::any_of(refused, [&](auto prefix) { return key.starts_with(prefix); }))
      return "it has the annotation " + shown(key);
  }
  return std::nullopt;
}

/// A device that every container has.
struct plain_device {
  std::string_view path;
  int64_t major;
  int64_t minor; ///< -1: all of them
};
constexpr std::array plain_devices{
    plain_device{"/dev/null", 1, 3},    plain_device{"/dev/zero", 1, 5},
    plain_device{"/dev/full", 1, 7},    plain_device{"/dev/random", 1, 8},
    plain_device{"/dev/urandom", 1, 9}, plain_device{"/dev/tty", 5, 0},
    plain_device{"/dev/console", 5, 1}, plain_device{"/dev/ptmx", 5, 2},
    plain_device{"/dev/pts", 136, -1},
};

/// -1 for an absent number, which means all of them in a rule.
int64_t number_of(const json& device, const char* key) {
  const auto* value = member_of(&device, key);
  return value != nullptr && value->is_number_integer() ? value->get<int64_t>() : -1;
}

refusal check_devices(const json& spec) {
  const auto* linux_part = member_of(&spec, "linux");
  for (const auto& device : list_of(linux_part, "devices")) {
    const auto path = text_of(&device, "path");
    const auto plain = std::ranges::find(plain_devices, path, &plain_device::path);
    if (plain == plain_devices.end() || text_of(&device, "type") != "c" ||
        number_of(device, "major") != plain->major || number_of(device, "minor") != plain->minor)
      return "it has the device " + shown(path);
  }
  for (const auto& rule : list_of(member_of(linux_part, "resources"), "devices")) {
    const auto* allow = member_of(&rule, "allow");
    // To make a node is not to open it.
    if (allow == nullptr || *allow == json(false) || text_of(&rule, "access") == "m")
      continue;
    const bool plain = std::ranges::any_of(plain_devices, [&](const plain_device& device) {
      return number_of(rule, "major") == device.major &&
             (device.minor == -1 || number_of(rule, "minor") == device.minor);
    });
    if (!plain || text_of(&rule, "type") != "c")
      return "its rules allow other devices than a container's own";
  }
  if (member_of(linux_part, "netDevices") != nullptr)
    return "it wants network devices of the host";
  return std::nullopt;
}

/// File systems that the kernel makes up; all others are made of something of the host.
constexpr std::array plain_file_systems{std::string_view{"proc"},   std::string_view{"sysfs"},
                                        std::string_view{"tmpfs"},  std::string_view{"devpts"},
                                        std::string_view{"mqueue"}, std::string_view{"cgroup"},
                                        std::string_view{"cgroup2"}};

/// What `podman run --init` puts in front of a container's program: anybody may read and run it.
constexpr std::array init_programs{std::string_view{"/usr/libexec/podman/catatonit"},
                                   std::string_view{"/usr/bin/catatonit"},
                                   std::string_view{"/usr/lib/podman/catatonit"},
                                   std::string_view{"/usr/libexec/catatonit/catatonit"}};

bool is_init(const json& mount) {
  const auto& options = list_of(&mount, "options");
  return text_of(&mount, "destination") == "/run/podman-init" &&
         std::ranges::find(init_programs, text_of(&mount, "source")) != init_programs.end() &&
         std::ranges::find(options, json("ro")) != options.end();
}

/// Whether the source of a bind mount is chosen by the engine here, not by the archive.
bool is_ours(const container_config& config, const std::string& destination) {
  if (is_volume_place(config, destination))
    return true;
  if (!is_engine_place(destination))
    return false;
  return std::ranges::none_of(list_of(&config.spec, "mounts"), [&](const json& mount) {
    return text_of(&mount, "destination") == destination;
  });
}

refusal check_mounts(const archived_container& archived) {
  std::set<std::string> seen;
  for (const auto& mount : list_of(&archived.spec, "mounts")) {
    const auto destination = text_of(&mount, "destination");
    const auto source = text_of(&mount, "source");
    // CRIU and the runtimes join names of mounts with these characters.
    if (destination.find("]:") != std::string::npos || source.find("]:") != std::string::npos)
      return "the mount at " + shown(destination) + " has \"]:\" in its name";
    if (!destination.starts_with('/') ||
        ("/" + destination + "/").find("/../") != std::string::npos)
      return "the mount at " + shown(destination) + " has no absolute path";
    if (!seen.insert(destination).second) // engines replace the first one only
      return "it has two mounts at " + shown(destination);
    const auto type = text_of(&mount, "type");
    if (!is_bind_mount(mount)) {
      if (std::ranges::find(plain_file_systems, type) == plain_file_systems.end())
        return "it mounts the file system " + shown(type) + " at " + shown(destination);
      continue;
    }
    const bool cgroups = destination == "/sys/fs/cgroup" && source == "/sys/fs/cgroup";
    if (!cgroups && !is_init(mount) && !is_ours(archived.config, destination))
      return "it mounts the host's " + shown(source) + " at " + shown(destination);
  }
  return std::nullopt;
}

refusal check_namespaces(const json& spec) {
  const auto* linux_part = member_of(&spec, "linux");
  std::vector<std::string> own;
  for (const auto& space : list_of(linux_part, "namespaces")) {
    const auto type = text_of(&space, "type");
    // The path of the network's is replaced.
    if (type != "network" && !text_of(&space, "path").empty())
      return "it joins the " + shown(type) + " namespace " + shown(text_of(&space, "path"));
    own.push_back(type);
  }
  for (const auto* needed : {"mount", "pid", "ipc"})
    if (std::ranges::find(own, needed) == own.end())
      return fmt::format("it shares the host's {} namespace", needed);
  if (!text_of(member_of(linux_part, "seccomp"), "listenerPath").empty())
    return "its system calls are handed to a program of the host";
  return std::nullopt;
}

} // namespace

expected<void> check_policy(const archived_container& archived, const std::string& subject) {
  refusal found = check_types(archived.spec);
  for (const auto& check : {+[](const archived_container& a) { return check_identity(a.config); },
                            +[](const archived_container& a) { return check_hooks(a.spec); },
                            +[](const archived_container& a) { return check_annotations(a.spec); },
                            +[](const archived_container& a) { return check_devices(a.spec); },
                            +[](const archived_container& a) { return check_mounts(a); },
                            +[](const archived_container& a) { return check_namespaces(a.spec); }})
    if (!found)
      found = check(archived);
  if (!found)
    return {};
  return fail(error_code::archive_refused, subject, std::move(*found),
              "restore it with --trust if you know where it comes from");
}

bool may_hold_devices(const container_config& config, bool trust) {
  const auto& capabilities = object_member(object_member(config.spec, "process"), "capabilities");
  return trust || config.privileged ||
         std::ranges::count(texts_member(capabilities, "bounding"), "CAP_MKNOD") > 0;
}

} // namespace floe
