#include "model/finish_spec.hpp"

#include "model/json_access.hpp"
#include "model/mount_option.hpp"

#include <algorithm>

namespace floe {

namespace {

/// A specification may have come from an archive: what is missing or of another type is empty.
void ensure(json& object, const char* key, json empty) {
  if (!object.contains(key) || object[key].type() != empty.type())
    object[key] = std::move(empty);
}

/// Options that mount(2) and the runtime do not know.
bool is_for_engine(const std::string& option) {
  return option == "U" || option == "z" || option == "Z" || option == "copy" || option == "nocopy";
}

bool has_mount(const json& spec, const std::string& destination) {
  return std::ranges::any_of(list_member(spec, "mounts"), [&](const json& mount) {
    return text_member(mount, "destination") == destination;
  });
}

const std::string* find_value(const std::vector<std::pair<std::string, std::string>>& pairs,
                              const std::string& key) {
  for (const auto& [known, value] : pairs)
    if (known == key)
      return &value;
  return nullptr;
}

void add_volumes(json& spec, const container_config& config, const start_facts& facts) {
  for (const auto& volume : config.volumes)
    if (const auto* path = find_value(facts.volumes, volume.name))
      spec["mounts"].push_back({{"destination", volume.destination},
                                {"type", "bind"},
                                {"source", *path},
                                {"options", volume.options}});
}

void clean_options(json& spec, const resolved_user& user) {
  for (auto& mount : spec["mounts"]) {
    if (!mount.contains("options") || !mount["options"].is_array())
      continue;
    json kept = json::array();
    for (const auto& option : mount["options"]) {
      if (option == "U" && text_member(mount, "type") == "tmpfs") {
        kept.push_back("uid=" + std::to_string(user.uid));
        kept.push_back("gid=" + std::to_string(user.gid));
      } else if (!option.is_string() || !is_for_engine(option.get<std::string>())) {
        kept.push_back(option);
      }
    }
    mount["options"] = std::move(kept);
  }
}

void add_variable(json& process, const std::string& name, const std::string& value) {
  auto& environment = process["env"];
  for (const auto& entry : environment)
    if (entry.is_string() && entry.get_ref<const std::string&>().starts_with(name + "="))
      return;
  environment.push_back(name + "=" + value);
}

void set_user(json& process, const container_config& config, const resolved_user& user) {
  ensure(process, "user", json::object());
  auto& out = process["user"];
  json groups = json::array();
  if (!config.user.empty()) {
    out["uid"] = user.uid;
    out["gid"] = user.gid;
    groups.push_back(user.gid);
  }
  for (auto gid : user.further)
    if (std::ranges::find(groups, json(gid)) == groups.end())
      groups.push_back(gid);
  if (!groups.empty())
    out["additionalGids"] = std::move(groups);
}

void resolve_tmpfs(json& spec, const start_facts& facts) {
  for (auto& mount : spec["mounts"])
    if (text_member(mount, "type") == "tmpfs")
      if (const auto* path =
              find_value(facts.resolved_destinations, text_member(mount, "destination")))
        mount["destination"] = *path;
}

/// The propagation of the root must let through what a mount asks for.
void set_root_propagation(json& spec) {
  std::string wanted;
  for (const auto& mount : spec["mounts"]) {
    for (const auto& option : texts_member(mount, "options")) {
      if (option == "shared" || option == "rshared")
        wanted = "shared";
      else if ((option == "slave" || option == "rslave") && wanted.empty())
        wanted = "rslave";
    }
  }
  if (!wanted.empty())
    spec["linux"]["rootfsPropagation"] = wanted;
}

size_t depth_of(const json& mount) {
  auto path = clean_path(text_member(mount, "destination"));
  return static_cast<size_t>(std::ranges::count(path, '/'));
}

} // namespace

std::string container_hostname(const container_config& config) {
  auto name = text_member(config.spec, "hostname");
  return name.empty() ? config.id.substr(0, 12) : name;
}

void add_bind_mounts(json& spec, const container_config& config,
                     const std::vector<std::pair<std::string, std::string>>& bind_mounts,
                     const std::string& propagation) {
  ensure(spec, "mounts", json::array());
  bool read_only = flag_member(object_member(spec, "root"), "readonly");
  for (const auto& [destination, source] : bind_mounts) {
    if (has_mount(spec, destination))
      continue; // the user's own wins
    json options{"bind", propagation};
    if (destination == "/dev/shm") {
      if (source == config.shm_directory)
        for (const auto* option : {"nosuid", "noexec", "nodev"})
          options.push_back(option);
    } else if (read_only) {
      for (const auto* option : {"ro", "nosuid", "noexec", "nodev"})
        options.push_back(option);
    }
    spec["mounts"].push_back({{"destination", destination},
                              {"type", "bind"},
                              {"source", source},
                              {"options", std::move(options)}});
  }
}

void sort_mounts(json& spec) {
  ensure(spec, "mounts", json::array());
  auto& mounts = spec["mounts"].get_ref<json::array_t&>();
  std::ranges::stable_sort(mounts, {}, depth_of);
}

json finish_spec(const container_config& config, const start_facts& facts) {
  json spec = config.spec;
  ensure(spec, "mounts", json::array());
  for (const auto* key : {"process", "root", "linux"})
    ensure(spec, key, json::object());
  ensure(spec["process"], "env", json::array());
  add_volumes(spec, config, facts);
  clean_options(spec, facts.user);
  add_bind_mounts(spec, config, facts.bind_mounts, "rprivate");
  auto& process = spec["process"];
  if (!facts.user.home.empty())
    add_variable(process, "HOME", facts.user.home);
  set_user(process, config, facts.user);
  add_variable(process, "HOSTNAME", container_hostname(config));
  spec["root"]["path"] = facts.root_path;
  if (!facts.cgroups_path.empty())
    spec["linux"]["cgroupsPath"] = facts.cgroups_path;
  sort_mounts(spec);
  resolve_tmpfs(spec, facts);
  set_root_propagation(spec);
  return spec;
}

} // namespace floe
