#include "model/joined_namespaces.hpp"

#include "model/json_access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace floe {

namespace {

struct known_namespace {
  const char* key;  ///< in libpod's configuration
  const char* type; ///< in the specification
  const char* file; ///< below /proc/PID/ns (namespaces(7))
};

constexpr std::array known_namespaces{
    known_namespace{"ipcNsCtr", "ipc", "ipc"},
    known_namespace{"mountNsCtr", "mount", "mnt"},
    known_namespace{"netNsCtr", "network", "net"},
    known_namespace{"pidNsCtr", "pid", "pid"},
    known_namespace{"userNsCtr", "user", "user"},
    known_namespace{"utsNsCtr", "uts", "uts"},
    known_namespace{"cgroupNsCtr", "cgroup", "cgroup"},
};

} // namespace

std::vector<joined_namespace> joined_namespaces(const json& config) {
  std::vector<joined_namespace> joined;
  for (const auto& known : known_namespaces)
    if (auto owner = text_member(config, known.key); !owner.empty())
      joined.push_back({known.type, std::move(owner)});
  return joined;
}

std::string namespace_path(std::string_view type, int pid) {
  const auto* known = std::ranges::find(known_namespaces, type, &known_namespace::type);
  return fmt::format("/proc/{}/ns/{}", pid,
                     known == known_namespaces.end() ? type : std::string_view{known->file});
}

json with_namespaces(json spec, const std::vector<placed_namespace>& placed) {
  if (!spec.is_object() || !spec.contains("linux") || !spec["linux"].is_object())
    return spec;
  auto& list = spec["linux"]["namespaces"];
  if (!list.is_array())
    list = json::array();
  for (const auto& each : placed) {
    const auto there = std::ranges::find_if(
        list, [&](const json& one) { return text_member(one, "type") == each.type; });
    if (there != list.end())
      (*there)["path"] = each.path;
    else
      list.push_back({{"type", each.type}, {"path", each.path}});
  }
  return spec;
}

} // namespace floe
