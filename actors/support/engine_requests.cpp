#include "actors/support/engine_requests.hpp"

#include "io/container/all_containers.hpp"
#include "io/container/all_volumes.hpp"
#include "io/container/lifecycle.hpp"
#include "io/podman/container_sources.hpp"
#include "io/podman/pod_documents.hpp"
#include "io/store/image_store.hpp"
#include "io/store/volume_files.hpp"
#include "io/store/volume_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace floe {

namespace {

expected<document> to_document(expected<json> result) {
  if (!result)
    return tl::unexpected(result.error());
  return document{dump_json(*result)};
}

// -- volumes --------------------------------------------------------------------------

expected<json> describe_volume(container_host& host, const std::string& name) {
  auto record = host.state().find_volume(name);
  if (!record)
    return tl::unexpected(record.error());
  return volume_document(*record);
}

expected<json> create_volume_from(container_host& host, const volume_command& command) {
  volume_request request;
  request.name = command.name;
  request.anonymous = command.name.empty();
  for (const auto& label : command.labels) {
    const auto equals = label.find('=');
    request.labels.emplace_back(label.substr(0, equals),
                                equals == std::string::npos ? "" : label.substr(equals + 1));
  }
  auto record = create_volume(host.state(), host.settings(), request);
  if (!record)
    return tl::unexpected(record.error());
  return volume_document(*record);
}

/// With force the containers that use the volume go first, as Podman does it.
expected<json> remove_volume_from(container_host& host, const volume_command& command) {
  auto record = host.state().find_volume(command.name);
  if (!record)
    return tl::unexpected(record.error());
  if (command.force) {
    auto users = host.state().containers_using_volume(command.name);
    if (!users)
      return tl::unexpected(users.error());
    for (const auto& user : *users)
      if (auto removed = remove_container(host, user, {.force = true, .volumes = false}); !removed)
        return tl::unexpected(removed.error());
  }
  if (auto removed = remove_volume(host.state(), host.settings(), command.name, command.force);
      !removed)
    return tl::unexpected(removed.error());
  return volume_document(*record);
}

expected<json> export_described(container_host& host, const volume_command& command) {
  auto warnings = export_volume_to(host.state(), command.name, command.path);
  if (!warnings)
    return tl::unexpected(warnings.error());
  auto described = describe_volume(host, command.name);
  if (described)
    (*described)["Warnings"] = *warnings;
  return described;
}

/// A container that runs would not see another content than it has mounted. The others do not start
/// while their locks are held.
expected<volume_users> hold_stopped_users(container_host& host, const std::string& volume) {
  volume_users held;
  auto users = host.state().containers_using_volume(volume);
  if (!users)
    return tl::unexpected(users.error());
  for (const auto& user : *users) {
    auto lock = object_lock::acquire(host.settings().run_root, "container", user);
    if (!lock)
      return tl::unexpected(lock.error());
    held.push_back(std::move(*lock));
    const auto current = find_current(host, user);
    if (!current)
      return tl::unexpected(current.error());
    const auto now = current->status.state;
    if (now == container_state::running || now == container_state::paused)
      return fail(error_code::volume_in_use, "volume " + volume,
                  fmt::format("container {} is {} and has it mounted", current->config.name,
                              to_string(now)),
                  "stop the container first");
  }
  return held;
}

expected<json> import_described(container_host& host, const volume_command& command) {
  if (auto imported = import_volume_from(host.state(), host.settings(), command.name, command.path,
                                         [&] { return hold_stopped_users(host, command.name); });
      !imported)
    return tl::unexpected(imported.error());
  return describe_volume(host, command.name);
}

// -- pods -----------------------------------------------------------------------------

expected<json> describe_pods(container_host& host) {
  const auto state = podman_state_in(host, source_scope::podman);
  if (!state)
    return tl::unexpected(state.error());
  warn_of_problems(**state);
  json out = json::array();
  for (const auto& pod : (*state)->pods())
    out.push_back(pod_list_entry(**state, pod));
  return out;
}

expected<json> describe_pod(container_host& host, const std::string& name) {
  const auto state = podman_state_in(host, source_scope::podman);
  if (!state)
    return tl::unexpected(state.error());
  const auto pod = (*state)->find_pod(name);
  if (!pod)
    return tl::unexpected(pod.error());
  return pod_document(**state, *pod);
}

// -- images ---------------------------------------------------------------------------

json image_document(const image_record& record) {
  return {{"Id", record.id},
          {"Names", record.names},
          {"Created", record.created},
          {"Size", record.size},
          {"Config", record.config},
          {"Layers", record.layers.size()},
          {"ReadOnly", record.read_only}};
}

expected<json> describe_images(container_host& host) {
  auto records = list_images(host.state(), host.settings());
  if (!records)
    return tl::unexpected(records.error());
  json out = json::array();
  for (const auto& record : *records)
    out.push_back(image_document(record));
  return out;
}

expected<json> describe_image(container_host& host, const std::string& name) {
  auto record = find_image(host.state(), host.settings(), name);
  if (!record)
    return tl::unexpected(record.error());
  return image_document(*record);
}

expected<json> remove_image_from(container_host& host, const image_command& command) {
  auto record = find_image(host.state(), host.settings(), command.name);
  if (!record)
    return tl::unexpected(record.error());
  if (command.force) {
    auto users = host.state().containers_using_image(record->id);
    if (!users)
      return tl::unexpected(users.error());
    for (const auto& user : *users)
      if (auto removed = remove_container(host, user, {.force = true, .volumes = false}); !removed)
        return tl::unexpected(removed.error());
  }
  if (auto removed = remove_image(host.state(), host.settings(), command.name, command.force);
      !removed)
    return tl::unexpected(removed.error());
  return image_document(*record);
}

} // namespace

expected<container_done> create(container_host& host, const create_options& options) {
  auto record = create_container(host, options);
  if (!record)
    return tl::unexpected(record.error());
  return container_done{record->config.id, record->config.name, {}};
}

expected<std::string> resolve(container_host& host, const std::string& name_or_id) {
  auto record = host.state().find_container(name_or_id);
  if (!record)
    return tl::unexpected(explain_if_podmans(host, std::move(record.error()), name_or_id));
  return record->config.id;
}

expected<document> answer_query(container_host& host, const query& what) {
  switch (what.kind) {
  case query_kind::containers:
    return to_document(list_all_containers(host, what.source, what.all, what.filters));
  case query_kind::container:
    return to_document(inspect_any_container(host, what.source, what.name));
  case query_kind::container_log:
    return to_document(container_log(host, what.name).map_error([&](error why) {
      return explain_if_podmans(host, std::move(why), what.name);
    }));
  case query_kind::volumes:
    return to_document(list_all_volumes(host, what.source, what.filters));
  case query_kind::volume:
    return to_document(inspect_any_volume(host, what.source, what.name));
  case query_kind::images:
    return to_document(describe_images(host));
  case query_kind::image:
    return to_document(describe_image(host, what.name));
  case query_kind::exit_code:
    return to_document(container_exit_code(host, what.name));
  case query_kind::pods:
    return to_document(describe_pods(host));
  case query_kind::pod:
    return to_document(describe_pod(host, what.name));
  }
  return fail(error_code::internal, "query", "unknown kind");
}

expected<exec_command> make_exec_command(container_host& host, const prepare_exec& request) {
  exec_request wanted{request.interactive,       request.terminal,    request.user,
                      request.working_directory, request.environment, request.command};
  auto arguments = exec_arguments(host, request.name, wanted);
  if (!arguments)
    return tl::unexpected(explain_if_podmans(host, std::move(arguments.error()), request.name));
  return exec_command{std::move(*arguments)};
}

expected<document> run_volume_command(container_host& host, const volume_command& command) {
  const auto run = [&]() -> expected<json> {
    switch (command.verb) {
    case volume_verb::create:
      return create_volume_from(host, command);
    case volume_verb::remove:
      return remove_volume_from(host, command);
    case volume_verb::export_tar:
      return export_described(host, command);
    case volume_verb::import_tar:
      return import_described(host, command);
    }
    return fail(error_code::internal, "volume " + command.name, "unknown command");
  };
  return to_document(run().map_error(
      [&](error why) { return explain_if_podmans(host, std::move(why), command.name); }));
}

expected<document> run_image_command(container_host& host, const image_command& command) {
  if (command.verb == image_verb::remove)
    return to_document(remove_image_from(host, command));
  auto record = import_image(host.state(), host.settings(), command.path, command.name);
  if (!record)
    return tl::unexpected(record.error());
  return document{dump_json(image_document(*record))};
}

} // namespace floe
