// The volumes of a restore into Podman: made, mounted where their driver does that, and given to
// the container.
#include "io/podman/podman_queries.hpp"
#include "io/podman/podman_restore_parts.hpp"
#include "io/podman/podman_storage.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/in_root.hpp"
#include "io/posix/system_error.hpp"
#include "model/json_access.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace floe {

namespace {

bool is_anonymous(const container_config& config, const std::string& name) {
  const auto found = std::ranges::find(config.volumes, name, &named_volume::name);
  return found != config.volumes.end() && found->anonymous;
}

/// Mount options that say nothing about how a volume is made. Podman would obey others, as
/// `volume-opt`, which has its driver mount what the archive names.
constexpr std::array harmless_options{"rw",       "ro",     "rbind",   "bind",  "private",
                                      "rprivate", "shared", "rshared", "slave", "rslave",
                                      "suid",     "nosuid", "dev",     "nodev", "exec",
                                      "noexec",   "copy",   "nocopy",  "z",     "Z"};

bool has_other_options(const container_config& config, const std::string& name) {
  const auto is_harmless = [](const std::string& option) {
    return std::ranges::find(harmless_options, option) != harmless_options.end();
  };
  return std::ranges::any_of(config.volumes, [&](const named_volume& volume) {
    return volume.name == name && !std::ranges::all_of(volume.options, is_harmless);
  });
}

std::string not_anonymous_warning(const std::string& volume) {
  return "volume " + volume + " was an anonymous one; `podman rm --volumes` will not remove it";
}

bool on_one_file_system(const std::string& one, const std::string& other) {
  struct stat of_one {};
  struct stat of_other {};
  return ::stat(one.c_str(), &of_one) == 0 && ::stat(other.c_str(), &of_other) == 0 &&
         of_one.st_dev == of_other.st_dev;
}

/// Files that are unpacked elsewhere would not get the label of the volume.
bool labels_files() {
  return ::access("/sys/fs/selinux/enforce", F_OK) == 0;
}

} // namespace

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

// -- volumes that Podman makes ----------------------------------------------------

/// One with nothing of its own, that can be moved into place, and of a container that waits for
/// nobody: those who wait for this volume do so until the container runs, and nobody may wait for
/// each other.
bool podman_restore_session::parts::can_be_deferred(const std::string& name) const {
  const auto details = archive->notes().volume(name);
  return !has_other_options(import.config, name) && details.labels.empty() &&
         details.options.empty() && claims.of_others().empty() && !labels_files() &&
         on_one_file_system(import.storage.volume_path, import.storage.graph_root);
}

std::string podman_restore_session::parts::place_of_new_volume(const std::string& name) const {
  return import.storage.volume_path + "/" + name + "/_data";
}

expected<void> podman_restore_session::parts::defer_volume(const std::string& name) {
  deferred.push_back({name, {}});
  if (options.ignore_volumes)
    return {};
  auto lock = object_lock::acquire(host.settings().run_root, "podman-volume", name);
  if (!lock)
    return fail(lock.error().code, "volume " + name, "another restore is making it",
                "wait for that one, and use --ignore-volumes to take what it made");
  volume_locks.push_back(std::move(*lock));
  auto& content = deferred.back().content;
  content = made.stage + "/volumes/" + name;
  if (auto there = make_directories(content, 0755); !there)
    return there;
  targets.volumes.push_back({name, content});
  return {};
}

/// Podman makes the volumes of a container after its record, and copies what the image has at the
/// mount point into them. One that is older, or has other files, is somebody else's, who was
/// faster.
expected<bool> podman_restore_session::parts::is_made_for_us(const podman_volume& volume) const {
  const auto place = place_of_new_volume(volume.name);
  if (volume.mount_point != place)
    return false;
  const auto container = engine.container(import.config.id);
  if (!container)
    return tl::unexpected{container.error()};
  const auto recorded = parse_time(container->config.created);
  const auto created = parse_time(text_member(volume.document, "createdAt"));
  if (!created || !recorded || *created < std::max(*recorded, made.deferred_since))
    return false;
  const auto there = list_directory(place);
  if (!there)
    return tl::unexpected{there.error()};
  return there->empty() ? expected<bool>{true} : image_has(volume.name, *there);
}

/// Whether the files are at a place in the image where the volume is mounted.
expected<bool>
podman_restore_session::parts::image_has(const std::string& volume,
                                         const std::vector<std::string>& files) const {
  const auto layers = podman_container_layers(import.storage, import.config.id);
  if (!layers)
    return tl::unexpected{layers.error()};
  return std::ranges::any_of(import.config.volumes, [&](const named_volume& mounted) {
    return mounted.name == volume && std::ranges::all_of(files, [&](const std::string& file) {
             return bool{open_in_root(layers->merged, mounted.destination + "/" + file,
                                      O_PATH | O_NOFOLLOW)};
           });
  });
}

/// While Podman waits, before any process has the volume mounted.
expected<void> podman_restore_session::parts::place_deferred_volume(const deferred_volume& volume) {
  const auto known = engine.volume(volume.name);
  if (!known)
    return tl::unexpected{known.error()};
  if (is_anonymous(import.config, volume.name) && !flag_member(known->document, "isAnon"))
    facts.warnings.push_back(not_anonymous_warning(volume.name));
  if (volume.content.empty())
    return {};
  const auto ours = is_made_for_us(*known);
  if (!ours)
    return tl::unexpected{ours.error()};
  if (!*ours) {
    std::erase(made.deferred, volume.name);
    if (auto noted_it = note("resume"); !noted_it)
      return noted_it;
    return fail(error_code::volume_exists, "volume " + volume.name,
                "somebody has made it meanwhile",
                "restore with --ignore-volumes, or remove that volume");
  }
  const auto place = place_of_new_volume(volume.name);
  if (::renameat2(AT_FDCWD, volume.content.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) != 0)
    return system_failure(errno, place, "exchange");
  return {};
}

/// By where they are mounted.
std::vector<filled_volume> podman_restore_session::parts::filled_volumes() const {
  std::vector<filled_volume> filled;
  for (const auto& volume : import.config.volumes) {
    const auto target = std::ranges::find(targets.volumes, volume.name, &volume_target::name);
    if (target == targets.volumes.end())
      continue;
    const bool was_deferred =
        std::ranges::find(deferred, volume.name, &deferred_volume::name) != deferred.end();
    filled.push_back(
        {volume.destination, was_deferred ? place_of_new_volume(volume.name) : target->directory});
  }
  return filled;
}

// -- all of them ------------------------------------------------------------------

expected<void> podman_restore_session::parts::make_missing(const std::string& name,
                                                           const std::stop_token& stop) {
  auto there = engine.has({podman_row_key::row_kind::volume, name});
  if (!there)
    return tl::unexpected{std::move(there.error())};
  if (*there && options.ignore_volumes)
    return {};
  if (*there)
    return volume_is_there(name);
  if (can_be_deferred(name))
    return defer_volume(name);
  if (is_anonymous(import.config, name))
    facts.warnings.push_back(not_anonymous_warning(name));
  if (auto made_it = make_volume(name, stop); !made_it || options.ignore_volumes)
    return made_it;
  auto directories = directories_of({name});
  if (!directories)
    return tl::unexpected{std::move(directories.error())};
  auto& directory = directories->front().second;
  if (directory.empty())
    return fail(error_code::no_such_volume, "volume " + name,
                "Podman does not say where its content is",
                "restore with --ignore-volumes and fill that volume by its own means");
  targets.volumes.push_back({name, std::move(directory)});
  return {};
}

/// All are claimed before the first is made: what is to be waited for decides how it is made.
expected<void> podman_restore_session::parts::make_volumes(const std::stop_token& stop) {
  std::vector<std::string> own;
  for (const auto& name : volume_names(import.config))
    if (options.ignore_volumes || claims.take(name))
      own.push_back(name);
    else
      facts.warnings.push_back(shared_volume_warning(name));
  for (const auto& name : own)
    if (auto made_it = make_missing(name, stop); !made_it)
      return made_it;
  return {};
}

/// name → directory of its content; empty if only the volume's driver knows.
expected<std::vector<std::pair<std::string, std::string>>>
podman_restore_session::parts::directories_of(const std::vector<std::string>& volumes) const {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& name : volumes) {
    if (std::ranges::find(deferred, name, &deferred_volume::name) != deferred.end()) {
      found.emplace_back(name, place_of_new_volume(name));
      continue;
    }
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
