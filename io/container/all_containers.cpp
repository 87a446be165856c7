#include "io/container/all_containers.hpp"

#include "io/container/lifecycle.hpp"
#include "io/podman/container_sources.hpp"
#include "io/podman/network_documents.hpp"
#include "io/podman/podman_checkpoint.hpp"
#include "io/podman/podman_storage.hpp"
#include "model/container_document.hpp"
#include "model/container_filter.hpp"
#include "model/json_access.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace floe {

namespace {

json with_source(json document, container_source source) {
  document["Source"] = to_string(source);
  return document;
}

json podman_entry(const podman_state& state, const podman_container& container) {
  auto entry = with_source(list_document(container.config, status_with_checkpoint(container)),
                           container_source::podman);
  entry["Pod"] = container.pod_id;
  entry["Ports"] = published_ports(container);
  const auto pod = state.find_pod(container.pod_id);
  entry["PodName"] = pod ? pod->name : std::string{};
  return entry;
}

/// libpod names a container after its id unless the user chose, when the name is its own to choose.
std::string hostname_of(const podman_container& container) {
  auto chosen = text_member(container.config.spec, "hostname");
  const auto& namespaces = list_member(object_member(container.config.spec, "linux"), "namespaces");
  const bool own = std::ranges::any_of(namespaces, [](const json& one) {
    return text_member(one, "type") == "uts" && text_member(one, "path").empty();
  });
  const bool joined = !text_member(container.config_document, "utsNsCtr").empty();
  return chosen.empty() && own && !joined ? container.config.id.substr(0, 12) : chosen;
}

json podman_document(const podman_settings& settings, const podman_state& state,
                     const podman_container& container) {
  container_places places;
  places.bundle = container.bundle;
  places.run_directory = container.run_directory;
  places.pid_file = text_member(container.config_document, "pid_file");
  places.monitor_pid_file = text_member(container.config_document, "conmonPidFile");
  if (const auto layers = podman_container_layers(settings, container.config.id))
    places.upper = layers->upper;
  for (const auto& volume : container.config.volumes) {
    const auto found = state.find_volume(volume.name);
    places.volumes.emplace_back(volume.name, found ? found->mount_point : std::string{});
  }
  auto document =
      with_source(inspect_document(container.config, status_with_checkpoint(container), places),
                  container_source::podman);
  document["OCIConfigPath"] = container.spec_path;
  document["Pod"] = container.pod_id;
  document["Config"]["Hostname"] = hostname_of(container);
  document["LockNumber"] = container.lock_id;
  document["HostConfig"]["CgroupManager"] = text_member(container.config_document, "cgroupManager");
  document["HostConfig"]["PortBindings"] = port_bindings(container);
  document["HostConfig"]["RestartPolicy"] = {
      {"Name", text_member(container.config_document, "restart_policy")},
      {"MaximumRetryCount", container.config_document.value("restart_retries", json(0))}};
  document["NetworkSettings"] = network_settings(container);
  return document;
}

} // namespace

expected<json> list_all_containers(container_host& host, source_scope scope, bool all,
                                   const std::vector<std::string>& filters) {
  const auto parsed = parse_container_filters(filters);
  if (!parsed)
    return tl::unexpected{parsed.error()};
  // Who asks for a state wants to see it.
  all = all || std::ranges::any_of(*parsed, [](const container_filter& filter) {
          return filter.what == container_filter::kind::status;
        });
  json list = json::array();
  if (includes(scope, container_source::native)) {
    auto own = list_containers(host, all, filters);
    if (!own)
      return own;
    for (auto& entry : *own)
      list.push_back(with_source(std::move(entry), container_source::native));
  }
  const auto state = podman_state_in(host, scope);
  if (!state)
    return tl::unexpected{state.error()};
  if (!*state)
    return list;
  warn_of_problems(**state);
  for (const auto& container : (*state)->containers()) {
    const auto now = container.status.state;
    const bool shown = all || now == container_state::running || now == container_state::paused;
    if (shown && matches(*parsed, container.config, container.status))
      list.push_back(podman_entry(**state, container));
  }
  std::ranges::stable_sort(list.get_ref<json::array_t&>(), {}, [](const json& entry) {
    return parse_time(text_member(entry, "Created")).value_or(time_point{});
  });
  return list;
}

expected<json> inspect_any_container(container_host& host, source_scope scope,
                                     const std::string& name) {
  const auto found = find_in_sources(host, name, scope);
  if (!found)
    return tl::unexpected{found.error()};
  const auto& id = found->record.config.id;
  if (found->source == container_source::native) {
    auto document = inspect_container(host, id);
    return document ? with_source(std::move(*document), container_source::native) : document;
  }
  const auto state = podman_state_in(host, source_scope::podman);
  if (!state)
    return tl::unexpected{state.error()};
  const auto container = (*state)->find_container(id);
  if (!container)
    return tl::unexpected{container.error()};
  const auto podman = host.podman();
  if (!podman)
    return tl::unexpected{podman.error()};
  return podman_document((*podman)->settings(), **state, *container);
}

} // namespace floe
