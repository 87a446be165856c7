#include "model/podman_hand_over.hpp"

#include "model/json_access.hpp"
#include "model/restore_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace floe {

namespace {

/// A namespace that a container may have from its pod.
struct shared_namespace {
  const char* key;        ///< of config.dump: the container it belongs to
  const char* type;       ///< in the specification
  const char* short_type; ///< in `podman pod inspect`
  const char* shown;      ///< in Podman's messages
};
constexpr std::array shared_namespaces{
    shared_namespace{"ipcNsCtr", "ipc", "ipc", "IPC"},
    shared_namespace{"netNsCtr", "network", "net", "network"},
    shared_namespace{"pidNsCtr", "pid", "pid", "PID"},
    shared_namespace{"utsNsCtr", "uts", "uts", "UTS"},
    shared_namespace{"cgroupNsCtr", "cgroup", "cgroup", "cgroup"},
};

bool is_given(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && !found->is_null() && !(*found == json("")) &&
         !(*found == json(false)) && !((found->is_structured()) && found->empty());
}

bool has_text(const json& list, std::string_view text) {
  return std::ranges::any_of(list, [&](const json& each) {
    return each.is_string() && each.get_ref<const std::string&>() == text;
  });
}

/// Where libpod mounts a secret; section 11.9.
bool is_secret(const json& config, const std::string& destination) {
  return std::ranges::any_of(list_member(config, "secrets"), [&](const json& secret) {
    const auto target = text_member(secret, "Target");
    const auto name = target.empty() ? text_member(secret, "name") : target;
    return destination == (name.starts_with('/') ? name : "/run/secrets/" + name);
  });
}

/// Mounted by the engine that ran it, from its own directory of the container.
bool is_engine_mount(const json& config, const json& mount) {
  const auto destination = text_member(mount, "destination");
  if (destination == "/etc/localtime" && !text_member(config, "timezone").empty())
    return true;
  if (is_secret(config, destination))
    return true;
  const auto directory = "/overlay-containers/" + text_member(config, "id") + "/userdata/";
  return text_member(mount, "source").find(directory) != std::string::npos;
}

/// Addresses that the archive fixes: those of the configuration, and those that network.status has
/// Podman ask for once more.
void release_addresses(hand_over_documents& documents, bool addresses, bool hardware) {
  const auto erase = [](json& object, bool wanted, const char* key) {
    if (wanted && object.is_object())
      object.erase(key);
  };
  erase(documents.config, addresses, "staticIP");
  erase(documents.config, hardware, "staticMAC");
  if (documents.config.contains("newNetworks") && documents.config["newNetworks"].is_object())
    for (auto& [name, network] : documents.config["newNetworks"].items()) {
      erase(network, addresses, "static_ips");
      erase(network, hardware, "static_mac");
    }
  if (!documents.network_status.is_object())
    return;
  for (auto& [name, network] : documents.network_status.items())
    if (network.is_object() && network.contains("interfaces") && network["interfaces"].is_object())
      for (auto& [device, interface] : network["interfaces"].items()) {
        erase(interface, addresses, "subnets");
        erase(interface, hardware, "mac_address");
      }
}

/// The volume that is mounted there; nullptr if there is none.
const json* volume_at(const json& config, const std::string& destination) {
  const auto& volumes = list_member(config, "namedVolumes");
  const auto found = std::ranges::find_if(
      volumes, [&](const json& volume) { return text_member(volume, "dest") == destination; });
  return found == volumes.end() ? nullptr : &*found;
}

/// Of what the archive mounts from its host nothing is left without trust but the volumes, at their
/// places here: what Podman does not replace by a mount of its own is mounted as it stands there.
expected<void> place_mounts(json& spec, const json& config, const podman_place& place) {
  json kept = json::array();
  for (const auto& archived : list_member(spec, "mounts")) {
    auto mount = archived;
    const auto destination = text_member(mount, "destination");
    const auto* volume = is_bind_mount(mount) ? volume_at(config, destination) : nullptr;
    if (volume != nullptr) {
      const auto name = text_member(*volume, "volumeName");
      const auto placed =
          std::ranges::find(place.volumes, name, &std::pair<std::string, std::string>::first);
      const bool is_placed = placed != place.volumes.end() && !placed->second.empty();
      // With trust its driver may know a place when it mounts it.
      if (placed == place.volumes.end() || (!is_placed && !place.trust))
        return fail(error_code::archive_refused, "container " + place.name,
                    "volume " + name + " has no place on this host");
      if (is_placed) {
        mount["type"] = "bind";
        mount["source"] = placed->second;
      }
    } else if (is_bind_mount(mount) && is_engine_place(destination) &&
               (!place.trust || destination == container_env_path)) {
      continue;
    }
    kept.push_back(std::move(mount));
  }
  spec["mounts"] = std::move(kept);
  return {};
}

/// A network namespace that is named by its path would be joined as it is, unless Podman manages
/// the container's network.
void forget_network_namespace(json& spec) {
  if (!spec.contains("linux") || !spec["linux"].is_object() ||
      !spec["linux"].contains("namespaces") || !spec["linux"]["namespaces"].is_array())
    return;
  for (auto& space : spec["linux"]["namespaces"])
    if (space.is_object() && text_member(space, "type") == "network")
      space.erase("path");
}

/// What the user may have chosen of the host, where Podman has a place of its own otherwise.
constexpr std::array host_wishes{"conmonPidFile", "pid_file", "cgroupParent"};

bool is_own_wish(const json& config, const char* key) {
  const auto wish = text_member(config, key);
  // Those of a pod, of Podman's own directory of the container, and its defaults.
  return !wish.empty() && text_member(config, "pod").empty() &&
         wish.find("-containers/" + text_member(config, "id")) == std::string::npos &&
         wish != "/libpod_parent" && wish != "machine.slice" && wish != "user.slice";
}

} // namespace

std::vector<std::string> lost_wishes(const json& config) {
  std::vector<std::string> lost;
  for (const char* key : host_wishes)
    if (is_own_wish(config, key))
      lost.push_back(fmt::format("{} {}", key, text_member(config, key)));
  return lost;
}

expected<void> check_for_podman(const archived_container& archived, const json& config,
                                bool into_pod, const std::string& subject) {
  const auto refuse = [&](std::string cause, std::string advice) {
    return fail(error_code::archive_incompatible, subject, std::move(cause), std::move(advice));
  };
  const bool from_pod = !archived.config.pod.empty();
  if (from_pod && !into_pod)
    return refuse("cannot restore pod container without --pod",
                  "name a pod that shares the same namespaces with --pod");
  if (!from_pod && into_pod)
    return refuse("cannot restore non pod container into pod", "restore it without --pod");
  if (!list_member(config, "Dependencies").empty())
    return refuse("cannot import checkpoints of containers with dependencies",
                  "checkpoint a container that shares nothing with others");
  if (!archived.config.rootfs.empty())
    return refuse("it runs on a directory of its host (--rootfs), which Podman cannot import",
                  "put that directory there and restore it with --to native --trust");
  for (const auto& each : shared_namespaces)
    if (!from_pod && is_given(config, each.key))
      return refuse(fmt::format("its {} namespace belongs to another container", each.shown),
                    "checkpoint a container that shares nothing with others");
  return {};
}

expected<void> check_pod(const json& config, const json& pod, const std::string& name) {
  const auto& shared = list_member(pod, "SharedNamespaces");
  for (const auto& each : shared_namespaces)
    if (is_given(config, each.key) && !has_text(shared, each.short_type))
      return fail(error_code::archive_incompatible, "pod " + name,
                  fmt::format("pod {} does not share the {} namespace", name, each.shown),
                  fmt::format("create the pod with --share {},…", each.short_type));
  return {};
}

expected<void> check_podman_policy(const json& config, const std::string& subject) {
  constexpr std::array refused{
      std::pair{"overlayVolumes", "directories of the host as overlays"},
      std::pair{"ctrImageVolumes", "images of the host as volumes"},
      std::pair{"artifactVolumes", "artifacts of the host as volumes"},
      std::pair{"device_host_src", "devices of the host"},
      std::pair{"cdiDevices", "devices of the host"},
      std::pair{"gpus", "devices of the host"},
      std::pair{"mountAllDevices", "devices of the host"},
      std::pair{"secrets", "secrets of the host"},
      std::pair{"secret_env", "secrets of the host"},
      std::pair{"sdnotifySocket", "a socket of the host"},
      std::pair{"baseHostsFile", "a file of the host"},
      std::pair{"mountNsCtr", "the mounts of another container"},
      std::pair{"userNsCtr", "the users of another container"},
  };
  for (const auto& [key, what] : refused)
    if (is_given(config, key))
      return fail(error_code::archive_refused, subject,
                  fmt::format("its configuration wants {} ({})", what, key),
                  "restore it with --trust if you know where it comes from");
  const auto mode = text_member(config, "networkMode");
  if (mode.starts_with("ns:") || mode.starts_with("container:"))
    return fail(error_code::archive_refused, subject, "it joins a network namespace of the host",
                "restore it with --trust if you know where it comes from");
  return {};
}

json without_engine_mounts(json spec, const json& config) {
  if (spec.contains("mounts") && spec["mounts"].is_array()) {
    json mounts = json::array();
    for (auto& mount : spec["mounts"])
      if (!is_engine_mount(config, mount))
        mounts.push_back(std::move(mount));
    spec["mounts"] = std::move(mounts);
  }
  if (text_member(config, "pod").empty() || !spec.contains("linux") || !spec["linux"].is_object() ||
      !spec["linux"].contains("namespaces") || !spec["linux"]["namespaces"].is_array())
    return spec;
  for (auto& space : spec["linux"]["namespaces"])
    for (const auto& each : shared_namespaces)
      if (text_member(space, "type") == each.type && is_given(config, each.key))
        space.erase("path");
  return spec;
}

expected<hand_over_documents> make_hand_over(hand_over_documents archived,
                                             const podman_place& place) {
  auto& config = archived.config;
  if (auto placed = place_mounts(archived.spec, config, place); !placed)
    return tl::unexpected{std::move(placed.error())};
  if (!place.trust && !flag_member(config, "createNetNS"))
    forget_network_namespace(archived.spec);
  // They name files of the host it comes from, which Podman would write to (D9) or unmount; it
  // makes its own.
  for (const char* key : {"mounts", "staticDir", "logPath", "lockID"})
    config.erase(key);
  for (const char* key : host_wishes)
    if (!place.trust || !is_own_wish(config, key))
      config[key] = "";
  config["id"] = place.id;
  config["name"] = place.name;
  config["rootfsImageID"] = place.image_id;
  config["rootfsImageName"] = place.image_name;
  config["runtime"] = place.runtime;
  release_addresses(archived, place.ignore_static_ip, place.ignore_static_mac);
  if (place.is_another)
    archived.network_status = nullptr;
  return archived;
}

} // namespace floe
