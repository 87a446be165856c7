#include "model/podman_documents.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace floe {

namespace {

/// Default parents that libpod computes for a new container (behaviours.md section 4.4).
constexpr std::array<std::string_view, 3> default_cgroup_parents{"/libpod_parent", "machine.slice",
                                                                 "user.slice"};

std::string text_in(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

bool is_below(const std::string& path, const std::string& directory) {
  return !directory.empty() && path.starts_with(directory + "/");
}

/// What libpod mounts by itself whenever it starts or restores a container (section 11).
bool is_made_by_libpod(const std::string& destination) {
  return destination == "/etc/localtime" || destination == "/etc/passwd" ||
         destination == "/etc/group" || is_below(destination, "/run/secrets");
}

void mark_anonymous(json& document, const std::vector<std::string>& volumes) {
  const auto named = document.find("namedVolumes");
  if (named == document.end() || !named->is_array())
    return;
  for (auto& volume : *named)
    if (volume.is_object() &&
        std::ranges::find(volumes, text_in(volume, "volumeName")) != volumes.end())
      volume["setAnonymous"] = true;
}

} // namespace

std::string make_podman_config_dump(json document,
                                    const std::vector<std::string>& anonymous_volumes) {
  // Those of Podman's own directories would tie it to this host (D9); others the user chose.
  const auto own = "-containers/" + text_in(document, "id") + "/";
  for (const char* key : {"conmonPidFile", "pid_file"})
    if (text_in(document, key).find(own) != std::string::npos)
      document.erase(key);
  if (const auto runtime = text_in(document, "runtime"); !runtime.empty())
    document["runtime"] = runtime.substr(runtime.rfind('/') + 1);
  for (const auto parent : default_cgroup_parents)
    if (text_in(document, "cgroupParent") == parent)
      document["cgroupParent"] = "";
  mark_anonymous(document, anonymous_volumes);
  return dump_json(document);
}

std::string make_podman_spec_dump(json running, const std::string& bundle,
                                  const std::string& run_directory) {
  const auto mounts = running.find("mounts");
  if (mounts != running.end() && mounts->is_array()) {
    json kept = json::array();
    for (auto& mount : *mounts) {
      const auto source = text_in(mount, "source");
      const bool is_own = is_below(source, bundle) || is_below(source, run_directory);
      if (!is_own || !is_made_by_libpod(text_in(mount, "destination")))
        kept.push_back(std::move(mount));
    }
    *mounts = std::move(kept);
  }
  return dump_json(running);
}

} // namespace floe
