// The volumes of a restore into Podman: made, mounted where their driver does that, and given to
// the container.
#include "io/podman/podman_queries.hpp"
#include "io/podman/podman_restore_parts.hpp"
#include "io/posix/file_tree.hpp"
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

// -- anonymous volumes ------------------------------------------------------------

/// One with nothing of its own, that can be moved into place, and of a container that waits for
/// nobody: those who wait for this volume do so until the container runs, and nobody may wait for
/// each other.
bool podman_restore_session::parts::is_to_be_anonymous(const std::string& name) const {
  const auto details = archive->notes().volume(name);
  return is_anonymous(import.config, name) && !has_other_options(import.config, name) &&
         details.labels.empty() && details.options.empty() && claims.of_others().empty() &&
         !labels_files() &&
         on_one_file_system(import.storage.volume_path, import.storage.graph_root);
}

std::string podman_restore_session::parts::place_of_new_volume(const std::string& name) const {
  return import.storage.volume_path + "/" + name + "/_data";
}

/// Noted as if it were made: it is to be removed with a container that is taken back.
expected<void> podman_restore_session::parts::leave_to_podman(const std::string& name) {
  made.volumes.push_back(name);
  if (auto noted_it = note("volumes"); !noted_it)
    return noted_it;
  anonymous.push_back({name, {}});
  if (options.ignore_volumes)
    return {};
  auto& content = anonymous.back().content;
  content = made.stage + "/anonymous/" + name;
  if (auto there = make_directories(content, 0755); !there)
    return there;
  targets.volumes.push_back({name, content});
  return {};
}

/// While Podman waits, before any process has the volume mounted. One that is not empty and not of
/// Podman's making is somebody else's.
expected<void>
podman_restore_session::parts::place_anonymous_volume(const anonymous_volume& volume) {
  const auto known = engine.volume(volume.name);
  if (!known)
    return tl::unexpected{known.error()};
  const auto place = place_of_new_volume(volume.name);
  const auto there = list_directory(place);
  if (!there)
    return tl::unexpected{there.error()};
  const bool as_wanted = flag_member(known->document, "isAnon");
  if (known->mount_point != place || (!as_wanted && !there->empty()))
    return fail(error_code::restore_failed, "volume " + volume.name,
                "it is not the one that Podman was to make",
                "restore with --ignore-volumes, or remove that volume");
  if (!as_wanted)
    facts.warnings.push_back(not_anonymous_warning(volume.name));
  if (volume.content.empty())
    return {};
  if (::renameat2(AT_FDCWD, volume.content.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) != 0)
    return system_failure(errno, place, "exchange");
  return {};
}

// -- all of them ------------------------------------------------------------------

/// Podman would make all that are missing itself, but then nobody knew that they are new.
expected<void> podman_restore_session::parts::make_missing(const std::string& name,
                                                           const std::stop_token& stop) {
  auto there = engine.has({podman_row_key::row_kind::volume, name});
  if (!there)
    return tl::unexpected{std::move(there.error())};
  if (*there && options.ignore_volumes)
    return {};
  if (*there)
    return volume_is_there(name);
  if (is_to_be_anonymous(name))
    return leave_to_podman(name);
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
    if (std::ranges::find(anonymous, name, &anonymous_volume::name) != anonymous.end()) {
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
