// The volumes of a restore into Podman: made, mounted where their driver does that, and given to
// the container.
#include "io/podman/podman_queries.hpp"
#include "io/podman/podman_restore_parts.hpp"
#include "io/posix/file_tree.hpp"

#include <algorithm>
#include <utility>

namespace floe {

std::vector<std::string> volume_names(const container_config& config) {
  std::vector<std::string> names;
  for (const auto& volume : config.volumes)
    if (std::ranges::find(names, volume.name) == names.end())
      names.push_back(volume.name);
  return names;
}

/// Noted before it is made: whoever recovers from our death removes it, if it came to be.
expected<void> podman_restore_session::parts::make_volume(const std::string& name,
                                                          const std::stop_token& stop) {
  made.volumes.push_back(name);
  if (auto noted_it = note("volumes"); !noted_it)
    return noted_it;
  auto details = archive->notes().volume(name);
  if (!options.trust)
    details.options.clear();
  auto created = create_podman_volume(podman, details, stop);
  // Somebody else has made it meanwhile: it is not ours to remove.
  if (!created && created.error().code == error_code::volume_exists)
    made.volumes.pop_back();
  if (!created || details.options.empty() || options.ignore_volumes)
    return created;
  return hold_volume(name, stop);
}

/// What its driver mounts has to be there before it is filled, and stays until the container has
/// it: what is in a tmpfs is gone with its last user. It may be a directory of this host: what is
/// in there is nobody's to mix with.
expected<void> podman_restore_session::parts::hold_volume(const std::string& name,
                                                          const std::stop_token& stop) {
  made.held.push_back({name, {}, false});
  if (auto noted_it = note("volumes"); !noted_it)
    return noted_it;
  auto directory = hold_podman_volume(podman, name, stop);
  if (!directory)
    return tl::unexpected{std::move(directory.error())};
  auto there = list_directory(*directory);
  if (!there)
    return tl::unexpected{std::move(there.error())};
  if (!there->empty())
    return fail(error_code::volume_exists, "volume " + name,
                "there are files already in what it mounts",
                "empty that, or use --ignore-volumes to take it as it is");
  made.held.back().directory = std::move(*directory);
  made.held.back().was_empty = true;
  return note("volumes");
}

/// The container holds them itself. It is noted before: one that is held too long does no harm, but
/// counting down twice would take it from the container.
expected<void> podman_restore_session::parts::release_volumes() {
  if (made.held.empty())
    return {};
  const auto held = std::exchange(made.held, {});
  if (auto noted_it = note("resume"); !noted_it) {
    made.held = held;
    return noted_it;
  }
  for (const auto& volume : held)
    if (auto released = release_podman_volume(podman, volume.name); !released)
      facts.warnings.push_back(describe(released.error()));
  return {};
}

/// Podman would make those that are missing itself, but then nobody knew that they are new.
expected<void> podman_restore_session::parts::make_volumes(const std::stop_token& stop) {
  std::vector<std::string> own;
  for (const auto& name : volume_names(import.config)) {
    if (!options.ignore_volumes && !claims.take(name)) {
      facts.warnings.push_back(shared_volume_warning(name));
      continue;
    }
    auto there = engine.has({podman_row_key::row_kind::volume, name});
    if (!there)
      return tl::unexpected{std::move(there.error())};
    if (*there && options.ignore_volumes)
      continue;
    if (*there)
      return volume_is_there(name);
    if (auto made_it = make_volume(name, stop); !made_it)
      return made_it;
    own.push_back(name);
  }
  if (options.ignore_volumes)
    return {};
  auto directories = directories_of(own);
  if (!directories)
    return tl::unexpected{std::move(directories.error())};
  for (auto& [name, directory] : *directories)
    if (directory.empty())
      return fail(error_code::no_such_volume, "volume " + name,
                  "Podman does not say where its content is",
                  "restore with --ignore-volumes and fill that volume by its own means");
    else
      targets.volumes.push_back({std::move(name), std::move(directory)});
  return {};
}

/// name → directory of its content; empty if only the volume's driver knows.
expected<std::vector<std::pair<std::string, std::string>>>
podman_restore_session::parts::directories_of(const std::vector<std::string>& volumes) const {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& name : volumes) {
    auto volume = engine.volume(name);
    if (!volume)
      return tl::unexpected{std::move(volume.error())};
    if (!volume->mount_point.empty() && !volume->mount_point.starts_with('/'))
      return fail(error_code::no_such_volume, "volume " + name,
                  "Podman does not say where its content is");
    found.emplace_back(name, std::move(volume->mount_point));
  }
  return found;
}

} // namespace floe
