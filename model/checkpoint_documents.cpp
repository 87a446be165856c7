#include "model/checkpoint_documents.hpp"

#include "model/document_spelling.hpp"
#include "model/loopback_hook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace floe {

namespace {

void set_default(json& document, const char* key, json value) {
  if (!document.contains(key))
    document[key] = std::move(value);
}

/// Keys whose zero value means something else to libpod than their absence.
void set_defaults(json& document) {
  set_default(document, "lockID", 0);
  set_default(document, "idMappingsOptions",
              {{"HostUIDMapping", true},
               {"HostGIDMapping", true},
               {"UIDMap", nullptr},
               {"GIDMap", nullptr},
               {"AutoUserNs", false},
               {"AutoUserNsOpts",
                {{"Size", 0},
                 {"InitialSize", 0},
                 {"PasswdFile", ""},
                 {"GroupFile", ""},
                 {"AdditionalUIDMappings", nullptr},
                 {"AdditionalGIDMappings", nullptr}}}});
  set_default(document, "Dependencies", nullptr);
  set_default(document, "storageOpts", nullptr);
  set_default(document, "cgroupManager", "cgroupfs");
  set_default(document, "cgroupsMode", "enabled");
  set_default(document, "sdnotifyMode", "container");
  set_default(document, "umask", "0022");
}

std::string last_component(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// libpod refuses a specification whose process has another user than root unless `user` says so.
void state_user(json& document, const json& spec) {
  if (!document.value("user", "").empty() || !spec.contains("process"))
    return;
  const auto& process = spec["process"];
  if (!process.is_object() || !process.contains("user") || !process["user"].is_object())
    return;
  const auto number = [&](const char* key) {
    const auto found = process["user"].find(key);
    return found != process["user"].end() && found->is_number_integer() && *found >= 0
               ? found->get<uint64_t>()
               : 0;
  };
  if (number("uid") != 0 || number("gid") != 0)
    document["user"] = fmt::format("{}:{}", number("uid"), number("gid"));
}

/// Absent, null or of the type that is wanted.
template <class Check>
bool is_optional(const json& object, const char* key, Check check) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() || check(*found);
}

bool is_string(const json& value) {
  return value.is_string();
}

bool is_mount(const json& mount) {
  return mount.is_object() && mount.contains("destination") && mount["destination"].is_string() &&
         is_optional(mount, "type", is_string) && is_optional(mount, "source", is_string) &&
         is_optional(mount, "options", [](const json& options) {
           return options.is_array() && std::ranges::all_of(options, is_string);
         });
}

bool is_namespace(const json& entry) {
  return entry.is_object() && entry.contains("type") && entry["type"].is_string() &&
         is_optional(entry, "path", is_string);
}

/// An object whose members are of the types that the code behind this takes them to be.
bool is_well_formed(const json& spec) {
  const auto is_array_of = [](auto check) {
    return
        [check](const json& list) { return list.is_array() && std::ranges::all_of(list, check); };
  };
  return spec.is_object() && spec.contains("root") && spec["root"].is_object() &&
         is_optional(spec["root"], "readonly",
                     [](const json& flag) { return flag.is_boolean(); }) &&
         is_optional(spec, "annotations", [](const json& value) { return value.is_object(); }) &&
         is_optional(spec, "mounts", is_array_of(is_mount)) &&
         is_optional(spec, "linux", [&](const json& platform) {
           return platform.is_object() &&
                  is_optional(platform, "namespaces", is_array_of(is_namespace));
         });
}

/// The type of the first namespace that belongs to somebody else; the network's comes and goes with
/// the engine that managed it.
std::string joined_namespace(const json& spec) {
  if (!spec.contains("linux") || !spec["linux"].is_object() ||
      !spec["linux"].contains("namespaces"))
    return {};
  for (const auto& entry : spec["linux"]["namespaces"])
    if (entry.contains("path") && entry["path"].is_string() && entry["path"] != "")
      return entry["type"];
  return {};
}

} // namespace

std::string make_config_dump(const container_config& config) {
  json document = to_json(config);
  // They name files of this host; libpod would have the monitor write to them (section 1.9).
  document.erase("conmonPidFile");
  document.erase("pid_file");
  document["cgroupParent"] = "";
  document["runtime"] = last_component(config.runtime);
  if (document.value("networkMode", "") == "none")
    document.erase("networkMode");
  state_user(document, config.spec);
  set_defaults(document);
  return dump_json(document);
}

std::string make_spec_dump(json running, const container_config& config,
                           const std::string& volume_root) {
  if (running.contains("mounts") && running["mounts"].is_array())
    for (auto& mount : running["mounts"])
      for (const auto& volume : config.volumes)
        if (mount["destination"] == volume.destination && mount["type"] == "bind")
          mount["source"] = fmt::format("{}/{}/_data", volume_root, volume.name);
  // Tools tell by this annotation whose archive it is.
  auto& annotations = running["annotations"];
  if (!annotations.is_object())
    annotations = json::object();
  set_default(annotations, "io.container.manager", "libpod");
  return dump_json(running);
}

std::string volume_root_beside(const std::string& layer) {
  const auto overlay = layer.rfind("/overlay/");
  if (overlay == std::string::npos || overlay == 0 || !layer.ends_with("/diff"))
    return podman_volume_root;
  return layer.substr(0, overlay) + "/volumes";
}

expected<archived_container> parse_documents(std::string_view config_dump,
                                             std::string_view spec_dump,
                                             const std::string& subject) {
  // Podman reads the specification first (section 17.3).
  auto spec = parse_json(spec_dump, subject + ": spec.dump");
  if (!spec)
    return tl::unexpected{std::move(spec.error())};
  if (!is_well_formed(*spec))
    return fail(error_code::archive_refused, subject + ": spec.dump",
                "it is no OCI runtime specification with a root filesystem",
                "the archive is damaged or was not made by a container engine");
  auto document = parse_json(config_dump, subject + ": config.dump");
  if (!document)
    return tl::unexpected{std::move(document.error())};
  for (const auto* each : {&*spec, &*document})
    if (auto spelt = check_spelling(*each, subject); !spelt)
      return tl::unexpected{std::move(spelt.error())};
  auto config = container_config_from_json(*document, subject + ": config.dump");
  if (!config)
    return tl::unexpected{std::move(config.error())};
  // Podman archives what it was restored with; nobody's program is run for that here.
  return archived_container{std::move(*config), without_loopback_hook(std::move(*spec))};
}

expected<void> check_restorable(const archived_container& archived, const std::string& subject) {
  const auto& config = archived.config;
  const auto refuse = [&](std::string cause, std::string advice) {
    return fail(error_code::archive_incompatible, subject, std::move(cause), std::move(advice));
  };
  if (!config.pod.empty())
    return refuse("cannot restore pod container without --pod",
                  "restore it with Podman into a pod");
  if (!config.dependencies.empty())
    return refuse("cannot import checkpoints of containers with dependencies",
                  "checkpoint a container that shares nothing with others");
  if (config.create_net_namespace)
    return refuse("the container has a network that its engine managed (" +
                      (config.network_mode.empty() ? "bridge" : config.network_mode) + ")",
                  "restore it with Podman, or checkpoint one with --network none or host");
  if (const auto type = joined_namespace(archived.spec); !type.empty())
    return refuse("its " + type + " namespace belongs to something else on the host it comes from",
                  "checkpoint a container that shares nothing with others");
  for (const auto& volume : config.volumes)
    if (std::ranges::find(volume.options, "O") != volume.options.end())
      return refuse("volume " + volume.name + " is mounted as an overlay (option O)",
                    "mount the volume without the option O");
  return {};
}

} // namespace floe
