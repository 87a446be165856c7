#include "model/container_document.hpp"

#include <algorithm>
#include <array>

namespace floe {

namespace {

constexpr auto zero_time = "0001-01-01T00:00:00Z";

std::string time_or_zero(const std::string& time) {
  return time.empty() ? zero_time : time;
}

json labels_of(const container_config& config) {
  json labels = json::object();
  for (const auto& [key, value] : config.labels)
    labels[key] = value;
  return labels;
}

/// A part of a specification that may have come from elsewhere, or \p otherwise.
json part(const json& object, const char* key, json otherwise) {
  if (!object.is_object())
    return otherwise;
  auto found = object.find(key);
  return found == object.end() || found->is_null() ? otherwise : *found;
}

json part(const json& object, const char* first, const char* second, json otherwise) {
  return part(part(object, first, json::object()), second, std::move(otherwise));
}

json arguments_of(const container_config& config) {
  auto arguments = part(config.spec, "process", "args", json::array());
  return arguments.is_array() ? arguments : json::array();
}

std::string text_of(const json& object, const char* key) {
  auto value = part(object, key, "");
  return value.is_string() ? value.get<std::string>() : std::string{};
}

constexpr std::array<std::string_view, 8> propagations{
    "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"};

json mount_document(const std::string& type, const std::string& name, const std::string& source,
                    const std::string& destination, const json& options) {
  json mount{{"Type", type}};
  if (!name.empty())
    mount["Name"] = name;
  mount["Source"] = source;
  mount["Destination"] = destination;
  mount["Driver"] = name.empty() ? "" : "local";
  mount["Mode"] = "";
  json shown = json::array();
  bool writable = true;
  std::string propagation;
  for (const auto& option : options) {
    auto text = option.is_string() ? option.get<std::string>() : std::string{};
    if (text == "ro")
      writable = false;
    else if (std::ranges::find(propagations, text) != propagations.end())
      propagation = text;
    else if (text != "rw")
      shown.push_back(text);
  }
  mount["Options"] = std::move(shown);
  mount["RW"] = writable;
  mount["Propagation"] = propagation;
  return mount;
}

json mounts_of(const container_config& config, const container_places& places) {
  json mounts = json::array();
  for (const auto& volume : config.volumes) {
    std::string source;
    for (const auto& [name, directory] : places.volumes)
      if (name == volume.name)
        source = directory;
    mounts.push_back(
        mount_document("volume", volume.name, source, volume.destination, volume.options));
  }
  for (const auto& mount : part(config.spec, "mounts", json::array()))
    if (text_of(mount, "type") == "bind")
      mounts.push_back(mount_document("bind", "", text_of(mount, "source"),
                                      text_of(mount, "destination"),
                                      part(mount, "options", json::array())));
  return mounts;
}

json state_document(const container_config& config, const container_status& status) {
  json state{{"OciVersion", text_of(config.spec, "ociVersion")},
             {"Status", to_string(status.state)},
             {"Running", status.state == container_state::running},
             {"Paused", status.state == container_state::paused},
             {"Restarting", false},
             {"OOMKilled", status.oom_killed},
             {"Dead", false},
             {"Pid", status.pid},
             {"ConmonPid", status.monitor_pid},
             {"ExitCode", status.exit_code},
             {"Error", ""},
             {"StartedAt", time_or_zero(status.started)},
             {"FinishedAt", time_or_zero(status.finished)}};
  if (status.checkpointed)
    state["Checkpointed"] = true;
  state["CheckpointedAt"] = time_or_zero(status.checkpointed_at);
  if (status.restored)
    state["Restored"] = true;
  state["RestoredAt"] = time_or_zero(status.restored_at);
  for (const auto& [key, value] : {std::pair{"CheckpointLog", status.checkpoint_log},
                                   std::pair{"CheckpointPath", status.checkpoint_path},
                                   std::pair{"RestoreLog", status.restore_log}})
    if (!value.empty())
      state[key] = value;
  return state;
}

json config_document(const container_config& config) {
  return {{"Hostname", text_of(config.spec, "hostname")},
          {"User", config.user},
          {"Tty", part(config.spec, "process", "terminal", false)},
          {"OpenStdin", config.stdin_open},
          {"Env", part(config.spec, "process", "env", json::array())},
          {"Cmd", part(config.rest, "command", arguments_of(config))},
          {"Image", config.image_name},
          {"WorkingDir", part(config.spec, "process", "cwd", "/")},
          {"Entrypoint", part(config.rest, "entrypoint", json::array())},
          {"Labels", labels_of(config)},
          {"Annotations", part(config.spec, "annotations", json::object())},
          {"StopSignal", config.stop_signal},
          {"StopTimeout", config.stop_timeout}};
}

json host_config_document(const container_config& config) {
  auto resources = part(config.spec, "linux", "resources", json::object());
  auto quota = part(resources, "cpu", "quota", 0);
  auto period = part(resources, "cpu", "period", 0);
  double cpus = 0;
  if (quota.is_number() && period.is_number() && period.get<double>() > 0)
    cpus = quota.get<double>() / period.get<double>();
  json limits = json::array();
  for (const auto& limit : part(config.spec, "process", "rlimits", json::array()))
    limits.push_back({{"Name", part(limit, "type", "")},
                      {"Soft", part(limit, "soft", 0)},
                      {"Hard", part(limit, "hard", 0)}});
  return {{"AutoRemove", config.auto_remove()},
          {"CgroupManager", "cgroupfs"},
          {"LogConfig", {{"Type", config.log_driver}, {"Path", config.log_path}}},
          {"NetworkMode", config.network_mode.empty() ? "none" : config.network_mode},
          {"Privileged", config.privileged},
          {"ReadonlyRootfs", part(config.spec, "root", "readonly", false)},
          {"ShmSize", config.shm_size},
          {"Runtime", "oci"},
          {"Memory", part(resources, "memory", "limit", 0)},
          {"MemorySwap", part(resources, "memory", "swap", 0)},
          {"NanoCpus", static_cast<int64_t>(cpus * 1e9)},
          {"CpuPeriod", period},
          {"CpuQuota", quota},
          {"PidsLimit", part(resources, "pids", "limit", 0)},
          {"Ulimits", std::move(limits)}};
}

} // namespace

json inspect_document(const container_config& config, const container_status& status,
                      const container_places& places) {
  auto arguments = arguments_of(config);
  json document{{"Id", config.id},
                {"Created", time_or_zero(config.created)},
                {"Path", arguments.empty() ? json("") : arguments[0]},
                {"Args", json::array()},
                {"State", state_document(config, status)},
                {"Image", config.image_id},
                {"ImageName", config.image_name},
                {"Rootfs", config.rootfs},
                {"Pod", config.pod},
                {"HostnamePath", places.run_directory + "/hostname"},
                {"HostsPath", places.run_directory + "/hosts"},
                {"StaticDir", places.bundle},
                {"OCIConfigPath", places.bundle + "/config.json"},
                {"OCIRuntime", config.runtime},
                {"ConmonPidFile", places.monitor_pid_file},
                {"PidFile", places.pid_file},
                {"Name", config.name},
                {"RestartCount", 0},
                {"Driver", "overlay"}};
  for (size_t index = 1; index < arguments.size(); ++index)
    document["Args"].push_back(arguments[index]);
  for (const auto& [key, set] :
       {std::pair{"EffectiveCaps", "effective"}, std::pair{"BoundingCaps", "bounding"}})
    document[key] =
        part(part(config.spec, "process", "capabilities", json::object()), set, json::array());
  json driver = json::object();
  if (!places.upper.empty())
    driver["UpperDir"] = places.upper;
  if (!status.mount_point.empty())
    driver["MergedDir"] = status.mount_point;
  document["GraphDriver"] = {{"Name", "overlay"}, {"Data", std::move(driver)}};
  document["Mounts"] = mounts_of(config, places);
  document["Dependencies"] = config.dependencies;
  document["Config"] = config_document(config);
  document["HostConfig"] = host_config_document(config);
  return document;
}

json list_document(const container_config& config, const container_status& status) {
  json mounts = json::array();
  for (const auto& volume : config.volumes)
    mounts.push_back(volume.destination);
  for (const auto& mount : part(config.spec, "mounts", json::array()))
    if (text_of(mount, "type") == "bind")
      mounts.push_back(text_of(mount, "destination"));
  return {{"Id", config.id},
          {"Names", json::array({config.name})},
          {"Image", config.image_name.empty() ? config.rootfs : config.image_name},
          {"ImageID", config.image_id},
          {"Command", arguments_of(config)},
          {"Created", config.created},
          {"State", to_string(status.state)},
          {"Pid", status.pid},
          {"ExitCode", status.exit_code},
          {"Exited", status.state == container_state::exited},
          {"StartedAt", status.started},
          {"ExitedAt", status.finished},
          {"Checkpointed", status.checkpointed},
          {"Restored", status.restored},
          {"AutoRemove", config.auto_remove()},
          {"Labels", labels_of(config)},
          {"Mounts", std::move(mounts)}};
}

} // namespace floe
