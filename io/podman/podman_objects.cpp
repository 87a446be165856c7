#include "io/podman/podman_objects.hpp"

#include "io/posix/file_tree.hpp"
#include "model/joined_namespaces.hpp"
#include "model/json_access.hpp"
#include "model/names.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <utility>

namespace floe {

namespace {

constexpr size_t short_id_length = 12; ///< the alias that Podman gives each container
constexpr size_t proc_file_bytes_max = size_t{64} << 10;

error as_damage(error what) {
  what.code = error_code::database_damaged;
  return what;
}

expected<json> read_object(const std::string& text, const std::string& subject) {
  auto document = parse_json(text, subject);
  if (!document)
    return tl::unexpected{as_damage(document.error())};
  if (!document->is_object())
    return fail(error_code::database_damaged, subject, "its document is no object");
  return document;
}

// -- networks -------------------------------------------------------------------------

/// libpod adds the short id to the aliases of each network, and again when a container is made from
/// config.dump.
void drop_alias(json& options, const std::string& short_id) {
  if (!options.is_object() || !options.contains("aliases"))
    return;
  json kept = json::array();
  for (const auto& alias : list_member(options, "aliases"))
    if (alias != short_id)
      kept.push_back(alias);
  if (kept.empty())
    options.erase("aliases");
  else
    options["aliases"] = std::move(kept);
}

/// Before version 4 a network's value was the container's id; such a container has the defaults.
expected<json> network_options(const std::string& text, const podman_container_row& row,
                               size_t index, const std::string& subject) {
  if (text == row.id)
    return json{{"interface_name", "eth" + std::to_string(index)}};
  return read_object(text, subject + ", network options");
}

/// BoltDB keeps networks in a bucket of their own; they mean something for bridged containers only.
expected<void> fill_networks(json& document, const podman_container_row& row,
                             const std::string& subject) {
  const auto short_id = row.id.substr(0, short_id_length);
  if (row.has_networks && text_member(document, "networkMode") == "bridge") {
    json networks = json::object();
    for (const auto& [name, text] : row.networks) {
      auto options = network_options(text, row, networks.size(), subject);
      if (!options)
        return tl::unexpected{options.error()};
      networks[name] = std::move(*options);
    }
    document.erase("newNetworks");
    if (!networks.empty())
      document["newNetworks"] = std::move(networks);
  }
  for (const auto* key : {"newNetworks", "orderedNetworks"})
    if (auto networks = document.find(key); networks != document.end())
      for (auto& options : *networks)
        drop_alias(options, short_id);
  return {};
}

std::string network_status_of(const json& state) {
  const auto found = state.find("networkStatus");
  return found != state.end() && found->is_object() ? dump_json(*found) : "null";
}

// -- places ---------------------------------------------------------------------------

std::string text_or(const std::string& text, const std::string& other) {
  return text.empty() ? other : text;
}

std::string storage_directory(const std::string& root, const podman_settings& settings,
                              const std::string& id) {
  return root + "/" + settings.graph_driver + "-containers/" + id + "/userdata";
}

void place(podman_container& container, const podman_settings& settings) {
  const auto& id = container.config.id;
  container.bundle = text_or(text_member(container.config_document, "staticDir"),
                             storage_directory(settings.graph_root, settings, id));
  container.run_directory = text_or(text_member(container.state_document, "runDir"),
                                    storage_directory(settings.run_root, settings, id));
  container.spec_path = text_or(text_member(container.state_document, "configPath"),
                                container.bundle + "/config.json");
}

expected<uint32_t> lock_of(const json& document, const std::string& subject) {
  const auto found = document.find("lockID");
  const auto number =
      found != document.end() && found->is_number_integer() ? found->get<int64_t>() : -1;
  if (number < 0 || number > std::numeric_limits<uint32_t>::max())
    return fail(error_code::database_damaged, subject, "its lockID is no number of a lock");
  return static_cast<uint32_t>(number);
}

// -- the host -------------------------------------------------------------------------

bool has_live_process(int32_t pid) {
  if (pid <= 0)
    return false;
  const auto text = read_small_file("/proc/" + std::to_string(pid) + "/stat", proc_file_bytes_max);
  const auto name_end = text ? text->rfind(')') : std::string::npos;
  if (name_end == std::string::npos || name_end + 2 >= text->size())
    return false;
  const char state = (*text)[name_end + 2];
  return state != 'Z' && state != 'X';
}

/// libpod's sign that it has run since the host was booted: before its first command nothing of the
/// database's states is true.
bool host_was_booted_since(const podman_settings& settings) {
  std::error_code ignored;
  return !std::filesystem::exists(settings.tmp_dir + "/alive", ignored);
}

bool has_process(container_state state) {
  return state == container_state::running || state == container_state::paused ||
         state == container_state::stopping;
}

} // namespace

expected<podman_container> container_from_row(const podman_container_row& row,
                                              const podman_settings& settings) {
  const auto subject = "container " + row.id.substr(0, short_id_length) + " of Podman";
  auto document = read_object(row.config, subject);
  if (!document)
    return tl::unexpected{document.error()};
  auto state = read_object(row.state, subject + ", state");
  if (!state)
    return tl::unexpected{state.error()};
  if (auto filled = fill_networks(*document, row, subject); !filled)
    return tl::unexpected{filled.error()};
  podman_container container;
  container.config_document = std::move(*document);
  container.state_document = std::move(*state);
  auto config = container_config_from_json(container.config_document, subject);
  if (!config)
    return tl::unexpected{as_damage(config.error())};
  auto status = container_status_from_json(container.state_document, subject + ", state");
  if (!status)
    return tl::unexpected{as_damage(status.error())};
  auto lock = lock_of(container.config_document, subject);
  if (!lock)
    return tl::unexpected{lock.error()};
  if (config->id != row.id)
    return fail(error_code::database_damaged, subject, "its document has another id");
  container.config = std::move(*config);
  container.status = std::move(*status);
  container.lock_id = *lock;
  place(container, settings);
  container.network_status = network_status_of(container.state_document);
  container.network_namespace =
      text_or(row.network_namespace, text_member(container.state_document, "netns"));
  container.pod_id = text_or(container.config.pod, row.pod_id);
  auto& owners = container.joined_containers;
  for (auto& joined : joined_namespaces(container.config_document))
    if (is_id(joined.owner) && std::ranges::find(owners, joined.owner) == owners.end())
      owners.push_back(std::move(joined.owner));
  return container;
}

expected<podman_pod> pod_from_row(const podman_pod_row& row) {
  const auto subject = "pod " + row.id.substr(0, short_id_length) + " of Podman";
  auto document = read_object(row.config, subject);
  if (!document)
    return tl::unexpected{document.error()};
  auto state = read_object(row.state, subject + ", state");
  if (!state)
    return tl::unexpected{state.error()};
  podman_pod pod;
  pod.id = text_member(*document, "id");
  pod.name = text_member(*document, "name");
  if (!is_id(pod.id) || pod.id != row.id || !is_name(pod.name))
    return fail(error_code::database_damaged, subject, "its document has a bad id or name");
  pod.infra_id = text_or(row.infra_id, text_member(*state, "InfraContainerID"));
  pod.containers = row.containers;
  pod.document = std::move(*document);
  return pod;
}

expected<podman_volume> volume_from_row(const podman_volume_row& row) {
  const auto subject = "volume " + row.name + " of Podman";
  auto document = read_object(row.config, subject);
  if (!document)
    return tl::unexpected{document.error()};
  json state = json::object();
  if (!row.state.empty()) {
    auto read = read_object(row.state, subject + ", state");
    if (!read)
      return tl::unexpected{read.error()};
    state = std::move(*read);
  }
  podman_volume volume;
  volume.name = text_member(*document, "name");
  if (!is_name(volume.name) || volume.name != row.name)
    return fail(error_code::database_damaged, subject, "its document has a bad name");
  volume.driver = text_or(text_member(*document, "volumeDriver"), "local");
  volume.mount_point =
      text_or(text_member(*document, "mountPoint"), text_member(state, "mountPoint"));
  volume.document = std::move(*document);
  return volume;
}

void settle_with_host(podman_container& container, const podman_settings& settings) {
  auto& status = container.status;
  const bool booted = host_was_booted_since(settings);
  if (booted) {
    // What libpod makes of states at its first start after a boot.
    const bool never_ran =
        status.state == container_state::configured || status.state == container_state::created;
    status.state = never_ran ? container_state::configured : container_state::exited;
    status.mounted = false;
    status.mount_point.clear();
    container.network_status = "null";
    container.network_namespace.clear();
  } else if (!has_process(status.state) || has_live_process(status.pid)) {
    return;
  } else {
    status.state = container_state::stopped;
    const auto exit =
        read_small_file(settings.tmp_dir + "/exits/" + container.config.id, proc_file_bytes_max);
    if (exit)
      std::from_chars(exit->data(), exit->data() + exit->size(), status.exit_code);
  }
  status.pid = 0;
  status.monitor_pid = 0;
}

} // namespace floe
