#include "io/podman/undo_podman_restore.hpp"

#include "io/podman/podman_queries.hpp"
#include "io/podman/restore_gate.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/mount.hpp"
#include "io/posix/process_watch.hpp"
#include "io/store/staging_directory.hpp"
#include "model/json_access.hpp"

#include <chrono>

namespace floe {

namespace {

json to_json(const held_volume& volume) {
  return {{"name", volume.name}, {"directory", volume.directory}, {"was_empty", volume.was_empty}};
}

held_volume held_volume_from_json(const json& details) {
  return {text_member(details, "name"), text_member(details, "directory"),
          flag_member(details, "was_empty")};
}

} // namespace

json to_json(const unfinished_podman_restore& what) {
  json held = json::array();
  for (const auto& volume : what.held)
    held.push_back(to_json(volume));
  return {{"podman", what.podman.path},
          {"arguments", what.podman.global_arguments},
          {"id", what.id},
          {"stage", what.stage},
          {"stage_parent", what.stage_parent},
          {"fifo", what.fifo},
          {"volumes", what.volumes},
          {"deferred", what.deferred},
          {"deferred_since", format_time(what.deferred_since)},
          {"held", std::move(held)}};
}

unfinished_podman_restore unfinished_podman_restore_from_json(const json& details) {
  unfinished_podman_restore what;
  what.podman.path = details.value("podman", "podman");
  what.podman.global_arguments = details.value("arguments", std::vector<std::string>{});
  what.id = details.value("id", "");
  what.stage = details.value("stage", "");
  what.stage_parent = details.value("stage_parent", "");
  what.fifo = details.value("fifo", "");
  what.volumes = details.value("volumes", std::vector<std::string>{});
  what.deferred = details.value("deferred", std::vector<std::string>{});
  // Without a time none of them is known to be ours.
  what.deferred_since =
      parse_time(text_member(details, "deferred_since")).value_or(time_point::max());
  for (const auto& volume : list_member(details, "held"))
    what.held.push_back(held_volume_from_json(volume));
  return what;
}

namespace {

expected<bool> has_user(const podman_program& podman, const std::string& volume) {
  return call_podman(podman, {"ps", "--all", "--quiet", "--filter", "volume=" + volume},
                     "volume " + volume, error_code::runtime_failed)
      .map([](const std::string& ids) { return !ids.empty(); });
}

/// Podman makes volumes within this time of when it was begun; one that is older or younger is
/// somebody else's.
constexpr std::chrono::minutes making_limit{5};

/// Only Podman knows whether it has come to making it.
expected<bool> is_ours(const podman_program& podman, const std::string& volume, time_point since) {
  const auto subject = "volume " + volume;
  const auto asked = try_podman(podman, {"volume", "inspect", "--", volume});
  if (!asked)
    return tl::unexpected{asked.error()};
  const auto message = asked->succeeded() ? std::string{} : podman_message(*asked);
  if (message.find("no such volume") != message.npos)
    return false;
  if (!asked->succeeded())
    return fail(error_code::runtime_failed, subject, message);
  return parse_json(asked->output, subject).map([since](const json& found) {
    const auto created = found.is_array() && found.size() == 1
                             ? parse_time(text_member(found.front(), "CreatedAt"))
                             : std::nullopt;
    return created && *created >= since && *created - since <= making_limit;
  });
}

/// Only while it is mounted: what is at that place else was not unpacked by us.
expected<void> take_back_content(const podman_program& podman, const held_volume& volume) {
  if (!volume.was_empty)
    return {};
  auto mounted = is_mount_point(volume.directory);
  if (!mounted || !*mounted)
    return mounted.map([](bool) {});
  auto used = has_user(podman, volume.name);
  if (!used || *used)
    return used.map([](bool) {});
  auto entries = list_directory(volume.directory);
  if (!entries)
    return tl::unexpected{std::move(entries.error())};
  for (const auto& entry : *entries)
    if (auto removed = remove_tree(volume.directory + "/" + entry); !removed)
      return removed;
  return {};
}

} // namespace

expected<void> undo_podman_restore(const unfinished_podman_restore& what) {
  expected<void> result;
  const auto attempt = [&](std::vector<std::string> arguments, const std::string& subject) {
    auto done = call_podman(what.podman, std::move(arguments), subject, error_code::runtime_failed);
    // A volume that another container of the batch uses stays.
    const auto& cause = done ? std::string{} : done.error().cause;
    if (!done && cause.find("no such ") == cause.npos && cause.find("being used") == cause.npos)
      result = tl::unexpected{std::move(done.error())};
  };
  if (!what.id.empty()) // Podman leaves half a container behind (defect D13)
    attempt({"rm", "--force", "--time", "0", what.id}, "container " + what.id.substr(0, 12));
  for (const auto& volume : what.held) {
    if (auto taken = take_back_content(what.podman, volume); !taken)
      result = std::move(taken);
    attempt({"volume", "unmount", "--", volume.name}, "volume " + volume.name);
  }
  for (const auto& volume : what.volumes)
    attempt({"volume", "rm", "--", volume}, "volume " + volume);
  for (const auto& volume : what.deferred)
    if (auto ours = is_ours(what.podman, volume, what.deferred_since); !ours)
      result = tl::unexpected{std::move(ours.error())};
    else if (*ours)
      attempt({"volume", "rm", "--", volume}, "volume " + volume);
  if (!what.stage.empty())
    if (auto removed = remove_tree(what.stage); !removed)
      result = std::move(removed);
  return result;
}

namespace {

/// As long as it may take to come to the gate, and to take everything back behind it.
constexpr std::chrono::minutes orphan_limit{5};
constexpr std::chrono::milliseconds look_interval{20};

/// Podman has no time limit at the gate, and holds the container's lock there: other commands of
/// Podman wait for it.
expected<void> end_orphan(const unfinished_podman_restore& what) {
  const auto orphan = open_process_with_arguments({hand_over_path(what.stage)});
  if (!orphan)
    return {};
  const auto deadline = std::chrono::steady_clock::now() + orphan_limit;
  do {
    refuse_at_gate(what.fifo);
    if (await_exit(orphan.get(), look_interval) == watch_end::exited)
      return {};
  } while (std::chrono::steady_clock::now() < deadline);
  return fail(error_code::timed_out, "container " + what.id.substr(0, 12),
              "a podman that was left behind restores it and does not end",
              "look for a process with " + hand_over_path(what.stage));
}

/// A `podman volume create` or `mount` that was left behind does it however late it comes to that:
/// what is removed before would be there again behind our back.
expected<void> await_volume_commands(const unfinished_podman_restore& what) {
  for (const auto& volume : what.volumes)
    if (auto ended = await_process_with_arguments({"volume", "--", volume}, orphan_limit,
                                                  "volume " + volume);
        !ended)
      return ended;
  return {};
}

} // namespace

std::string hand_over_path(const std::string& stage) {
  return stage + "/hand-over.tar";
}

expected<std::string> recover_podman_restore(const unfinished_podman_restore& what) {
  if (auto ended = await_volume_commands(what); !ended)
    return tl::unexpected{std::move(ended.error())};
  if (!what.fifo.empty())
    if (auto ended = end_orphan(what); !ended)
      return tl::unexpected{std::move(ended.error())};
  if (!what.id.empty()) {
    auto asked = try_podman(what.podman,
                            {"container", "inspect", "--format", "{{.State.Running}}", what.id});
    if (!asked)
      return tl::unexpected{std::move(asked.error())};
    if (asked->output.starts_with("true")) {
      for (const auto& volume : what.held) // the container holds them itself
        if (auto released = release_podman_volume(what.podman, volume.name); !released)
          return tl::unexpected{std::move(released.error())};
      if (auto removed = remove_tree(what.stage); !removed)
        return tl::unexpected{std::move(removed.error())};
      return std::string{"Podman had restored it already"};
    }
  }
  if (auto undone = undo_podman_restore(what); !undone)
    return tl::unexpected{std::move(undone.error())};
  // It may have been made, but its name not noted.
  if (!what.stage_parent.empty())
    if (auto swept = sweep_staging_directories(what.stage_parent); !swept)
      return tl::unexpected{std::move(swept.error())};
  return std::string{"removed what Podman had restored of it"};
}

} // namespace floe
