#include "model/container.hpp"

#include "model/joined_namespaces.hpp"
#include "model/json_reader.hpp"
#include "model/names.hpp"
#include "model/signal_name.hpp"

#include <algorithm>
#include <array>

namespace floe {

namespace {

bool has_id(const std::vector<std::string>& ids, const std::string& id) {
  return std::ranges::find(ids, id) != ids.end();
}

json to_json_map(std::vector<std::pair<std::string, std::string>> pairs) {
  std::ranges::sort(pairs);
  json out = json::object();
  for (auto& [key, value] : pairs)
    out[key] = std::move(value);
  return out;
}

json to_json(const named_volume& volume) {
  json out{{"volumeName", volume.name}, {"dest", volume.destination}};
  if (!volume.options.empty())
    out["options"] = volume.options;
  if (volume.anonymous)
    out["setAnonymous"] = true;
  return out;
}

void set_text(json& out, const char* key, const std::string& text) {
  if (!text.empty())
    out[key] = text;
}

json dependencies_of(const container_config& config) {
  const auto joined = joined_namespaces(config.rest);
  json out = json::array();
  for (const auto& id : config.dependencies)
    if (std::ranges::find(joined, id, &joined_namespace::owner) == joined.end())
      out.push_back(id);
  return out.empty() ? json(nullptr) : out;
}

bool is_clean_absolute(std::string_view path) {
  return path.starts_with('/') && path.find("/../") == path.npos && !path.ends_with("/..");
}

void read_volumes(json_reader& reader, std::vector<named_volume>& volumes) {
  auto* list = reader.find("namedVolumes");
  if (list == nullptr)
    return;
  if (!list->is_array())
    return reader.refuse("namedVolumes", "is not a list");
  for (const auto& item : *list) {
    json_reader fields{item, {}};
    named_volume volume;
    fields.read("volumeName", volume.name);
    fields.read("dest", volume.destination);
    fields.read("options", volume.options);
    fields.read("setAnonymous", volume.anonymous);
    if (auto problem = fields.finish(); !problem)
      return reader.refuse("namedVolumes", "has a bad entry: " + problem.error().cause);
    if (!is_name(volume.name))
      return reader.refuse("namedVolumes", "has a bad volume name");
    if (!is_clean_absolute(volume.destination))
      return reader.refuse("namedVolumes", "has a bad destination");
    auto same = [&](const named_volume& other) { return other.destination == volume.destination; };
    if (std::ranges::any_of(volumes, same))
      return reader.refuse("namedVolumes", "has the same destination twice");
    volumes.push_back(std::move(volume));
  }
}

void read_dependencies(json_reader& reader, const json& document, container_config& config) {
  reader.read("Dependencies", config.dependencies);
  // Whose namespaces it is in counts as one.
  for (auto& joined : joined_namespaces(document))
    if (!has_id(config.dependencies, joined.owner))
      config.dependencies.push_back(std::move(joined.owner));
}

void check(json_reader& reader, const container_config& config) {
  if (!is_id(config.id))
    reader.refuse("id", "is not 64 hexadecimal digits");
  if (!is_name(config.name))
    reader.refuse("name", "is not a container name");
  if (!config.image_id.empty() && !is_id(config.image_id))
    reader.refuse("rootfsImageID", "is not 64 hexadecimal digits");
  if (!config.created.empty() && !parse_time(config.created))
    reader.refuse("createdTime", "is not a time");
  if (config.stop_signal > 64)
    reader.refuse("stopSignal", "is not a signal");
  if (!config.rootfs.empty() && !is_clean_absolute(config.rootfs))
    reader.refuse("rootfs", "is not an absolute path");
  if (!config.spec.is_object())
    reader.refuse("spec", "is not an object");
}

} // namespace

std::string_view to_string(container_source source) {
  return source == container_source::podman ? "podman" : "native";
}

std::string_view to_string(container_state state) {
  constexpr std::array<std::string_view, 9> names{"unknown", "created",  "initialized",
                                                  "running", "stopped",  "paused",
                                                  "exited",  "removing", "stopping"};
  auto index = static_cast<size_t>(state);
  return index < names.size() ? names[index] : names[0];
}

bool container_config::auto_remove() const {
  auto annotations = spec.find("annotations");
  return annotations != spec.end() && annotations->is_object() &&
         annotations->value("io.podman.annotations.autoremove", json()) == json("TRUE");
}

json to_json(const container_config& config) {
  json out = json::object();
  out["spec"] = config.spec;
  out["id"] = config.id;
  out["name"] = config.name;
  set_text(out, "pod", config.pod);
  out["Dependencies"] = dependencies_of(config);
  set_text(out, "rootfsImageID", config.image_id);
  set_text(out, "rootfsImageName", config.image_name);
  set_text(out, "rootfs", config.rootfs);
  set_text(out, "ShmDir", config.shm_directory);
  out["shmSize"] = config.shm_size;
  if (!config.volumes.empty()) {
    out["namedVolumes"] = json::array();
    for (const auto& volume : config.volumes)
      out["namedVolumes"].push_back(to_json(volume));
  }
  out["privileged"] = config.privileged;
  set_text(out, "user", config.user);
  out["createNetNS"] = config.create_net_namespace;
  set_text(out, "networkMode", config.network_mode);
  if (config.stdin_open)
    out["stdin"] = true;
  if (!config.labels.empty())
    out["labels"] = to_json_map(config.labels);
  if (config.stop_signal != 0)
    out["stopSignal"] = config.stop_signal;
  if (config.stop_timeout != 0)
    out["stopTimeout"] = config.stop_timeout;
  set_text(out, "createdTime", config.created);
  out["logPath"] = config.log_path;
  out["logDriver"] = config.log_driver;
  set_text(out, "runtime", config.runtime);
  for (const auto& [key, value] : config.rest.items())
    if (!out.contains(key))
      out[key] = value;
  return out;
}

expected<container_config> container_config_from_json(const json& document, std::string subject) {
  json_reader reader{document, std::move(subject)};
  container_config config;
  if (auto* spec = reader.find("spec"))
    config.spec = *spec;
  reader.read("id", config.id);
  reader.read("name", config.name);
  reader.read("pod", config.pod);
  reader.read("rootfsImageID", config.image_id);
  reader.read("rootfsImageName", config.image_name);
  reader.read("rootfs", config.rootfs);
  reader.read("ShmDir", config.shm_directory);
  reader.read("shmSize", config.shm_size);
  read_volumes(reader, config.volumes);
  reader.read("privileged", config.privileged);
  reader.read("user", config.user);
  reader.read("createNetNS", config.create_net_namespace);
  reader.read("networkMode", config.network_mode);
  reader.read("stdin", config.stdin_open);
  reader.read("labels", config.labels);
  // libpod leaves both out when they are 0; no signal then means SIGTERM.
  config.stop_timeout = 0;
  reader.read("stopSignal", config.stop_signal);
  reader.read("stopTimeout", config.stop_timeout);
  reader.read("createdTime", config.created);
  reader.read("logPath", config.log_path);
  reader.read("logDriver", config.log_driver);
  reader.read("runtime", config.runtime);
  // Paths of the host that wrote the document; whoever imports them writes to a stranger's path
  // (behaviours.md section 1.9).
  reader.find("conmonPidFile");
  reader.find("pid_file");
  if (document.is_object())
    read_dependencies(reader, document, config);
  if (auto problem = (check(reader, config), reader.finish()); !problem)
    return tl::unexpected{problem.error()};
  config.stop_signal_name = signal_name(config.stop_signal);
  config.rest = reader.rest();
  return config;
}

json to_json(const container_status& status) {
  json out = json::object();
  out["state"] = static_cast<int>(status.state);
  out["mounted"] = status.mounted;
  set_text(out, "mountPoint", status.mount_point);
  set_text(out, "startedTime", status.started);
  set_text(out, "finishedTime", status.finished);
  out["exitCode"] = status.exit_code;
  out["oomKilled"] = status.oom_killed;
  out["pid"] = status.pid;
  out["conmonPid"] = status.monitor_pid;
  out["checkpointed"] = status.checkpointed;
  set_text(out, "checkpointedTime", status.checkpointed_at);
  out["restored"] = status.restored;
  set_text(out, "restoredTime", status.restored_at);
  set_text(out, "checkpointPath", status.checkpoint_path);
  set_text(out, "checkpointLog", status.checkpoint_log);
  set_text(out, "restoreLog", status.restore_log);
  if (!status.bind_mounts.empty())
    out["bindMounts"] = to_json_map(status.bind_mounts);
  return out;
}

expected<container_status> container_status_from_json(const json& document, std::string subject) {
  json_reader reader{document, std::move(subject)};
  container_status status;
  auto state = static_cast<uint8_t>(status.state);
  reader.read("state", state);
  reader.read("mounted", status.mounted);
  reader.read("mountPoint", status.mount_point);
  reader.read("startedTime", status.started);
  reader.read("finishedTime", status.finished);
  reader.read("exitCode", status.exit_code);
  reader.read("oomKilled", status.oom_killed);
  reader.read("pid", status.pid);
  reader.read("conmonPid", status.monitor_pid);
  reader.read("checkpointed", status.checkpointed);
  reader.read("checkpointedTime", status.checkpointed_at);
  reader.read("restored", status.restored);
  reader.read("restoredTime", status.restored_at);
  reader.read("checkpointPath", status.checkpoint_path);
  reader.read("checkpointLog", status.checkpoint_log);
  reader.read("restoreLog", status.restore_log);
  reader.read("bindMounts", status.bind_mounts);
  if (state > static_cast<uint8_t>(container_state::stopping))
    reader.refuse("state", "is not a state");
  if (auto problem = reader.finish(); !problem)
    return tl::unexpected{problem.error()};
  status.state = static_cast<container_state>(state);
  return status;
}

} // namespace floe
