#include "io/podman/container_sources.hpp"

#include "io/container/lifecycle.hpp"
#include "io/podman/podman_checkpoint.hpp"
#include "model/json_access.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace floe {

namespace {

/// It says so itself too, which holds if the record of its pod cannot be understood.
bool is_infra(const podman_state& state, const podman_container& container) {
  return flag_member(container.config_document, "pause") ||
         std::ranges::any_of(state.pods(), [&](const podman_pod& pod) {
           return !pod.infra_id.empty() && pod.infra_id == container.config.id;
         });
}

sourced_container from_podman(const podman_state& state, const podman_container& container) {
  return {container_source::podman,
          {container.config, status_with_checkpoint(container)},
          container.pod_id,
          is_infra(state, container),
          container.joined_containers,
          {}};
}

sourced_container without_knowledge(const unreadable_record& unreadable) {
  container_config config;
  config.id = unreadable.id;
  config.name = unreadable.name.empty() ? unreadable.id.substr(0, 12) : unreadable.name;
  return {container_source::podman, {std::move(config), {}}, {}, false, {}, unreadable.why};
}

bool is_unknown(const error& why) {
  return why.code == error_code::no_such_container;
}

} // namespace

expected<std::optional<podman_state>> podman_state_in(container_host& host, source_scope scope) {
  if (!includes(scope, container_source::podman))
    return std::nullopt;
  const auto about = [&](error what) {
    if (scope == source_scope::all && what.advice.empty())
      what.advice = "--source native does without Podman";
    return tl::unexpected{std::move(what)};
  };
  auto podman = host.podman();
  const bool asked_for = scope == source_scope::podman || !host.settings().podman.program.empty();
  if (!podman && podman.error().code == error_code::no_podman && !asked_for)
    return std::nullopt;
  if (!podman)
    return about(std::move(podman.error()));
  auto state = (*podman)->state();
  if (!state)
    return about(std::move(state.error()));
  return std::optional{std::move(*state)};
}

void warn_of_problems(const podman_state& state) {
  for (const auto& problem : state.problems())
    spdlog::warn("{}", describe(problem));
}

expected<sourced_container> find_in_sources(container_host& host, const std::string& name,
                                            source_scope scope) {
  const auto wanted = parse_scoped_name(name, scope);
  const bool with_native = includes(wanted.scope, container_source::native);
  auto native = with_native ? host.state().find_container(wanted.name)
                            : fail(error_code::no_such_container, "container " + wanted.name,
                                   "Podman has no such container",
                                   "`floe ps --all --source podman` lists them");
  if (!native && !is_unknown(native.error()))
    return tl::unexpected{std::move(native.error())};
  auto state = podman_state_in(host, wanted.scope);
  if (!state && !native)
    return tl::unexpected{std::move(state.error())};
  if (state && *state) {
    auto found = (*state)->find_container(wanted.name);
    if (found && native)
      return fail(error_code::ambiguous_name, "container " + wanted.name,
                  "floe and Podman both have one",
                  "say native:" + wanted.name + " or podman:" + wanted.name);
    if (found)
      return from_podman(**state, *found);
    if (!is_unknown(found.error()))
      return tl::unexpected{std::move(found.error())};
  }
  if (!native && includes(wanted.scope, container_source::podman) && with_native)
    return fail(error_code::no_such_container, "container " + wanted.name,
                state && *state ? "there is no such container"
                                : "floe has no such container, and Podman was not found",
                "`floe ps --all` lists them");
  if (!native)
    return tl::unexpected{std::move(native.error())};
  return sourced_container{container_source::native, std::move(*native), {}, false, {}, {}};
}

error explain_if_podmans(container_host& host, error why, const std::string& name) {
  const bool is_volume = why.code == error_code::no_such_volume;
  if (!is_volume && why.code != error_code::no_such_container)
    return why;
  const auto podman = host.podman();
  const auto state = podman ? (*podman)->state() : expected<podman_state>{tl::unexpect, why};
  if (!state)
    return why;
  const auto wanted = parse_scoped_name(name, source_scope::all).name;
  const bool is_podmans = is_volume ? state->find_volume(wanted).has_value()
                                    : state->find_container(wanted).has_value();
  if (is_podmans) {
    why.cause = "it is one of Podman's, and this command is for floe's own";
    why.advice = is_volume ? "use podman volume" : "use podman";
  }
  return why;
}

expected<std::vector<sourced_container>> containers_in_sources(container_host& host,
                                                               source_scope scope) {
  std::vector<sourced_container> all;
  if (includes(scope, container_source::native)) {
    auto records = host.state().containers();
    if (!records)
      return tl::unexpected{std::move(records.error())};
    for (const auto& record : *records) {
      auto current = find_current(host, record.config.id);
      // One that is locked or vanishes meanwhile is somebody else's.
      if (!current &&
          (is_unknown(current.error()) || current.error().code == error_code::container_busy))
        continue;
      if (!current)
        return tl::unexpected{std::move(current.error())};
      all.push_back({container_source::native, std::move(*current), {}, false, {}, {}});
    }
  }
  auto state = podman_state_in(host, scope);
  if (!state)
    return tl::unexpected{std::move(state.error())};
  if (!*state)
    return all;
  for (const auto& container : (*state)->containers())
    all.push_back(from_podman(**state, container));
  for (const auto& unreadable : (*state)->unreadable_containers())
    all.push_back(without_knowledge(unreadable));
  return all;
}

expected<std::vector<sourced_container>> containers_in_pod(container_host& host,
                                                           const std::string& pod) {
  auto state = podman_state_in(host, source_scope::podman);
  if (!state)
    return tl::unexpected{std::move(state.error())};
  auto found = (*state)->find_pod(pod);
  if (!found)
    return tl::unexpected{std::move(found.error())};
  for (const auto& unreadable : (*state)->unreadable_containers())
    if (std::ranges::find(found->containers, unreadable.id) != found->containers.end())
      return tl::unexpected{unreadable.why}; // a pod without it would not be the pod
  std::vector<sourced_container> members;
  for (const auto& container : (*state)->containers())
    if (container.pod_id == found->id && container.config.id != found->infra_id)
      members.push_back(from_podman(**state, container));
  return members;
}

} // namespace floe
