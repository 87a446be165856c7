#include "io/podman/podman_state.hpp"

#include "io/podman/podman_objects.hpp"
#include "model/names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace floe {

namespace {

expected<podman_rows> read_rows(const podman_settings& settings,
                                const std::optional<podman_row_key>& only) {
  if (settings.database.empty())
    return podman_rows{};
  auto rows = settings.database_backend == "sqlite" ? read_sqlite_rows(settings.database, only)
                                                    : read_bolt_rows(settings.database, only);
  // Podman was reset since its settings were read.
  if (!rows && rows.error().code == error_code::no_such_file)
    return podman_rows{};
  return rows;
}

/// By full id, then by name, then by the beginning of an id, as libpod looks things up.
template <class Thing, class Id, class Name>
expected<Thing> find(const std::vector<Thing>& things, const std::string& wanted,
                     const std::string& kind, error_code unknown, const char* list, Id id,
                     Name name) {
  for (const auto& thing : things)
    if (id(thing) == wanted)
      return thing;
  for (const auto& thing : things)
    if (name(thing) == wanted)
      return thing;
  const Thing* found = nullptr;
  for (const auto& thing : things) {
    if (wanted.empty() || !id(thing).starts_with(wanted))
      continue;
    if (found != nullptr)
      return fail(error_code::ambiguous_name, kind + " " + wanted,
                  "several ids of Podman begin with that", "give more of the id");
    found = &thing;
  }
  if (found == nullptr)
    return fail(unknown, kind + " " + wanted, "Podman has no such " + kind,
                std::string{list} + " lists them");
  return *found;
}

/// \p missing, unless one that cannot be understood is meant: then that is what is wrong.
template <class Thing>
expected<Thing> or_unreadable(expected<Thing> missing,
                              const std::vector<unreadable_record>& unreadable,
                              const std::string& wanted) {
  if (wanted.empty() || missing.error().code == error_code::ambiguous_name)
    return missing;
  for (const auto& each : unreadable)
    if (each.name == wanted || each.id.starts_with(wanted))
      return tl::unexpected{each.why};
  return missing;
}

} // namespace

expected<podman_state> podman_state::read(const podman_settings& settings,
                                          const std::optional<podman_row_key>& only) {
  const auto rows = read_rows(settings, only);
  if (!rows)
    return tl::unexpected{rows.error()};
  podman_state state;
  // One that cannot be understood must not hide the others.
  const auto add = [&state](auto read, auto& into, auto& unreadable, const std::string& id,
                            const std::string& name, const char* kind) {
    if (read) {
      into.push_back(std::move(*read));
      return;
    }
    auto& why = read.error();
    why.advice = fmt::format("see whether `podman {}inspect {}` can read it", kind, id);
    if (!name.empty())
      why.cause = fmt::format("it is called {}: {}", name, why.cause);
    state.problems_.push_back(why);
    unreadable.push_back({id, name, std::move(why)});
  };
  for (const auto& row : rows->containers)
    add(container_from_row(row, settings), state.containers_, state.unreadable_containers_, row.id,
        is_name(row.name) ? row.name : std::string{}, "");
  for (auto& container : state.containers_)
    settle_with_host(container, settings);
  for (const auto& row : rows->pods)
    add(pod_from_row(row), state.pods_, state.unreadable_pods_, row.id, {}, "pod ");
  for (const auto& row : rows->volumes)
    add(volume_from_row(row), state.volumes_, state.unreadable_volumes_, row.name, {}, "volume ");
  std::ranges::stable_sort(state.containers_, {}, [](const podman_container& container) {
    return parse_time(container.config.created).value_or(time_point{});
  });
  std::ranges::sort(state.pods_, {}, &podman_pod::name);
  std::ranges::sort(state.volumes_, {}, &podman_volume::name);
  return state;
}

expected<podman_container> podman_state::find_container(const std::string& name_or_id) const {
  auto found = find(
      containers_, name_or_id, "container", error_code::no_such_container,
      "`floe ps --all --source podman`", [](const auto& thing) { return thing.config.id; },
      [](const auto& thing) { return thing.config.name; });
  return found ? found : or_unreadable(std::move(found), unreadable_containers_, name_or_id);
}

expected<podman_pod> podman_state::find_pod(const std::string& name_or_id) const {
  auto found = find(
      pods_, name_or_id, "pod", error_code::no_such_pod, "`floe pod ls`",
      [](const auto& thing) { return thing.id; }, [](const auto& thing) { return thing.name; });
  return found ? found : or_unreadable(std::move(found), unreadable_pods_, name_or_id);
}

expected<podman_volume> podman_state::find_volume(const std::string& name) const {
  const auto found = std::ranges::find(volumes_, name, &podman_volume::name);
  if (found != volumes_.end())
    return *found;
  const auto damaged = std::ranges::find(unreadable_volumes_, name, &unreadable_record::id);
  if (damaged != unreadable_volumes_.end())
    return tl::unexpected{damaged->why};
  return fail(error_code::no_such_volume, "volume " + name, "Podman has no such volume",
              "`floe volume ls --source podman` lists them");
}

} // namespace floe
