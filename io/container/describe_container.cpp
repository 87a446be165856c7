// floe ps, inspect, exec and logs: what they need to know of a container.
#include "io/container/lifecycle.hpp"
#include "io/container/monitor.hpp"
#include "io/container/root_filesystem.hpp"
#include "io/container/user_lookup.hpp"
#include "model/container_document.hpp"
#include "model/container_filter.hpp"

#include <algorithm>

namespace floe {

namespace {

container_places places_of(container_host& host, const container_record& record) {
  const auto& settings = host.settings();
  const auto& id = record.config.id;
  container_places places;
  places.bundle = bundle_directory(settings, id);
  places.run_directory = run_directory(settings, id);
  places.pid_file = pid_file_path(settings, id);
  places.monitor_pid_file = monitor_pid_file_path(settings, id);
  for (const auto& volume : record.config.volumes) {
    auto found = host.state().find_volume(volume.name);
    places.volumes.emplace_back(volume.name, found ? found->mount_point : std::string{});
  }
  places.upper = root_layers(settings, record.config, {}).upper;
  return places;
}

} // namespace

expected<json> inspect_container(container_host& host, const std::string& name) {
  auto record = find_current(host, name);
  if (!record)
    return tl::unexpected{record.error()};
  return inspect_document(record->config, record->status, places_of(host, *record));
}

expected<json> list_containers(container_host& host, bool all,
                               const std::vector<std::string>& filters) {
  auto parsed = parse_container_filters(filters);
  if (!parsed)
    return tl::unexpected{parsed.error()};
  auto known = host.state().containers();
  if (!known)
    return tl::unexpected{known.error()};
  json list = json::array();
  for (const auto& entry : *known) {
    auto record = find_current(host, entry.config.id);
    if (!record && record.error().code == error_code::no_such_container)
      continue; // it vanished meanwhile
    if (!record)
      return tl::unexpected{record.error()};
    auto state = record->status.state;
    bool shown = all || state == container_state::running || state == container_state::paused;
    if (shown && matches(*parsed, record->config, record->status))
      list.push_back(list_document(record->config, record->status));
  }
  return list;
}

expected<json> container_log(container_host& host, const std::string& name) {
  auto record = host.state().find_container(name);
  if (!record)
    return tl::unexpected{record.error()};
  return json{{"path", record->config.log_path}, {"driver", record->config.log_driver}};
}

expected<json> container_exit_code(container_host& host, const std::string& name) {
  auto record = find_current(host, name);
  if (!record && record.error().code == error_code::no_such_container) {
    auto noted = host.state().exit_code(name);
    if (!noted)
      return tl::unexpected{noted.error()};
    if (*noted)
      return json{{"ExitCode", **noted}};
  }
  if (!record)
    return tl::unexpected{record.error()};
  if (record->status.state != container_state::exited)
    return fail(error_code::wrong_state, "container " + record->config.name,
                "it is " + std::string{to_string(record->status.state)} + ", it has not ended");
  return json{{"ExitCode", record->status.exit_code}};
}

expected<std::vector<std::string>> exec_arguments(container_host& host, const std::string& name,
                                                  const exec_request& request) {
  auto record = find_current(host, name);
  if (!record)
    return tl::unexpected{record.error()};
  auto subject = "container " + record->config.name;
  if (request.command.empty())
    return fail(error_code::usage, subject, "there is no command to run in it");
  if (record->status.state != container_state::running)
    return fail(error_code::wrong_state, subject,
                "it is " + std::string{to_string(record->status.state)} + ", not running",
                "start it first");
  auto runtime = host.runtime(record->config.runtime);
  if (!runtime)
    return tl::unexpected{runtime.error()};
  auto user = request.user;
  auto environment = request.environment;
  if (!user.empty()) {
    // The runtime understands numbers only.
    const auto found = look_up_user(record->status.mount_point, user, {});
    if (!found)
      return tl::unexpected{found.error()};
    user = std::to_string(found->uid) + ":" + std::to_string(found->gid);
    const bool has_home = std::ranges::any_of(
        environment, [](const std::string& variable) { return variable.starts_with("HOME="); });
    if (!has_home && !found->home.empty())
      environment.push_back("HOME=" + found->home);
  }
  return (*runtime)->exec_command(record->config.id, request.interactive, request.terminal, user,
                                  request.working_directory, environment, request.command);
}

} // namespace floe
