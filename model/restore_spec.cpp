#include "model/restore_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace floe {

namespace {

/// Mounts that only engines make (section 17.4): where this host's engine makes none, there is none
/// of a foreign one left either.
constexpr std::array engine_destinations{
    std::string_view{"/dev/shm"},           std::string_view{"/etc/resolv.conf"},
    std::string_view{"/etc/hostname"},      std::string_view{"/etc/hosts"},
    std::string_view{"/run/.containerenv"}, std::string_view{"/run/secrets"},
};

/// A member that is a string, else an empty one.
std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

bool has_destination(const json& mounts, std::string_view destination) {
  return mounts.is_array() && std::ranges::any_of(mounts, [&](const json& mount) {
           return mount.is_object() && mount.contains("destination") &&
                  mount["destination"] == destination;
         });
}

/// Whether the user asked for a mount there, or for a volume.
bool is_users(const container_config& config, std::string_view destination) {
  if (is_volume_place(config, destination))
    return true;
  return config.spec.is_object() && config.spec.contains("mounts") &&
         has_destination(config.spec["mounts"], destination);
}

/// What the engine itself mounts on \p destination; nullptr if it does not.
const std::string* engine_source(const container_place& place, std::string_view destination) {
  const auto found = std::ranges::find_if(
      place.bind_mounts, [&](const auto& bind) { return bind.first == destination; });
  return found == place.bind_mounts.end() ? nullptr : &found->second;
}

json engine_mount(const std::string& destination, const std::string& source, bool read_only) {
  json options = {"bind", "private"};
  if (destination == "/dev/shm")
    options.insert(options.end(), {"nosuid", "noexec", "nodev"});
  else if (read_only)
    options.insert(options.end(), {"ro", "nosuid", "noexec", "nodev"});
  return {{"destination", destination},
          {"type", "bind"},
          {"source", source},
          {"options", std::move(options)}};
}

expected<void> place_volumes(json& mounts, const container_config& config,
                             const container_place& place) {
  for (const auto& volume : config.volumes) {
    const auto found = std::ranges::find_if(
        place.volumes, [&](const auto& placed) { return placed.first == volume.name; });
    if (found == place.volumes.end())
      return fail(error_code::archive_refused, "container " + config.name,
                  "volume " + volume.name + " has no place on this host", {});
    for (auto& mount : mounts)
      if (text_of(mount, "destination") == volume.destination)
        mount["source"] = found->second;
  }
  return {};
}

} // namespace

expected<json> make_restore_spec(json spec, const container_config& config,
                                 const container_place& place) {
  const bool read_only = spec["root"].contains("readonly") && spec["root"]["readonly"] == true;
  spec["root"]["path"] = place.rootfs;
  spec["linux"]["cgroupsPath"] = place.cgroups_path;
  if (spec["linux"].contains("namespaces") && spec["linux"]["namespaces"].is_array())
    for (auto& entry : spec["linux"]["namespaces"])
      if (entry.is_object() && text_of(entry, "type") == "network")
        entry.erase("path");

  json mounts = json::array();
  if (spec.contains("mounts") && spec["mounts"].is_array())
    for (auto& mount : spec["mounts"]) {
      const auto destination = text_of(mount, "destination");
      const bool of_engine =
          is_engine_place(destination) || engine_source(place, destination) != nullptr;
      if (!of_engine || is_users(config, destination))
        mounts.push_back(std::move(mount));
    }
  if (auto placed = place_volumes(mounts, config, place); !placed)
    return tl::unexpected{std::move(placed.error())};
  for (const auto& [destination, source] : place.bind_mounts)
    if (!has_destination(mounts, destination))
      mounts.push_back(engine_mount(destination, source, read_only));
  spec["mounts"] = std::move(mounts);
  return spec;
}

json make_creation_spec(json spec, const container_config& config) {
  json mounts = json::array();
  if (spec.contains("mounts") && spec["mounts"].is_array())
    for (auto& mount : spec["mounts"]) {
      const auto destination = text_of(mount, "destination");
      const bool of_volume = is_volume_place(config, destination);
      const bool of_engine = is_engine_place(destination);
      if (!of_volume && (!of_engine || is_users(config, destination)))
        mounts.push_back(std::move(mount));
    }
  spec["mounts"] = std::move(mounts);
  return spec;
}

std::vector<bind_source> bind_sources(const json& spec) {
  std::vector<bind_source> sources;
  if (spec.contains("mounts") && spec["mounts"].is_array())
    for (const auto& mount : spec["mounts"])
      if (text_of(mount, "type") == "bind")
        sources.push_back({text_of(mount, "destination"), text_of(mount, "source")});
  return sources;
}

bool is_engine_place(std::string_view destination) {
  return std::ranges::find(engine_destinations, destination) != engine_destinations.end();
}

bool is_volume_place(const container_config& config, std::string_view destination) {
  return std::ranges::find(config.volumes, destination, &named_volume::destination) !=
         config.volumes.end();
}

bool is_bind_mount(const json& mount) {
  if (text_of(mount, "type") == "bind")
    return true;
  const auto options = mount.find("options");
  return options != mount.end() && options->is_array() &&
         std::ranges::any_of(*options, [](const json& option) {
           return option == json("bind") || option == json("rbind");
         });
}

bool has_mount(const json& spec, std::string_view destination) {
  return has_destination(spec.value("mounts", json::array()), destination);
}

json with_missing_mounts(json spec, const json& mounts) {
  for (const auto& mount : mounts)
    if (!has_mount(spec, text_of(mount, "destination")))
      spec["mounts"].push_back(mount);
  return spec;
}

} // namespace floe
