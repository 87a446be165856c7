#include "io/container/prepare_start.hpp"

#include "io/container/etc_files.hpp"
#include "io/container/root_filesystem.hpp"
#include "io/container/user_lookup.hpp"
#include "io/posix/in_root.hpp"
#include "io/posix/small_file.hpp"
#include "io/posix/system_error.hpp"
#include "io/store/image_store.hpp"
#include "io/store/object_lock.hpp"
#include "io/store/volume_store.hpp"
#include "model/finish_spec.hpp"
#include "model/json_access.hpp"
#include "model/mount_option.hpp"

#include <algorithm>
#include <cerrno>
#include <fts.h>
#include <memory>
#include <sys/stat.h>

namespace floe {

namespace {

using text_pairs = std::vector<std::pair<std::string, std::string>>;

bool has_option(const std::vector<std::string>& options, std::string_view wanted) {
  return std::ranges::find(options, wanted) != options.end();
}

/// `U`: what is mounted belongs to the container's user.
expected<void> give_to_user(const std::string& path, const resolved_user& user) {
  char* roots[] = {const_cast<char*>(path.c_str()), nullptr};
  std::unique_ptr<FTS, int (*)(FTS*)> walk{
      ::fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, nullptr), ::fts_close};
  if (!walk)
    return system_failure(errno, path, "walk through");
  while (auto* entry = ::fts_read(walk.get()))
    if (entry->fts_info != FTS_DP && ::lchown(entry->fts_path, user.uid, user.gid) != 0 &&
        errno != ENOENT)
      return system_failure(errno, path, "give to the container's user");
  return {};
}

expected<text_pairs> prepare_volumes(container_host& host, const container_record& record,
                                     const resolved_user& user) {
  text_pairs places;
  bool first_start = record.status.started.empty();
  for (const auto& volume : record.config.volumes) {
    const auto held =
        object_lock::acquire(host.settings().run_root, "volume", volume.name, volume_patience);
    if (!held)
      return tl::unexpected{held.error()};
    auto found = host.state().find_volume(volume.name);
    if (!found)
      return tl::unexpected{found.error()};
    if (first_start && !has_option(volume.options, "nocopy"))
      if (auto copied =
              copy_up_volume(record.status.mount_point, volume.destination, found->mount_point);
          !copied)
        return tl::unexpected{copied.error()};
    if (first_start && has_option(volume.options, "U"))
      if (auto given = give_to_user(found->mount_point, user); !given)
        return tl::unexpected{given.error()};
    places.emplace_back(volume.name, found->mount_point);
  }
  return places;
}

/// Sources that vanished since the container was created have a clear message here, and an odd one
/// from the runtime.
expected<void> check_sources(const container_record& record, const resolved_user& user) {
  for (const auto& mount : list_member(record.config.spec, "mounts")) {
    if (text_member(mount, "type") != "bind")
      continue;
    auto source = text_member(mount, "source");
    struct stat status {};
    if (::stat(source.c_str(), &status) != 0)
      return fail(error_code::no_such_file, "container " + record.config.name,
                  "the host path " + source + ", which it mounts, does not exist", "create it");
    auto options = texts_member(mount, "options");
    if (has_option(options, "U") && record.status.started.empty())
      if (auto given = give_to_user(source, user); !given)
        return given;
  }
  return {};
}

/// Whether the runtime will find or make the path, because it is at, above or below a mount.
bool touches_mount(const container_config& config, const std::string& path) {
  auto related = [&](const std::string& destination) {
    return !destination.empty() && (path == destination || path.starts_with(destination + "/") ||
                                    destination.starts_with(path + "/"));
  };
  for (const auto& mount : list_member(config.spec, "mounts"))
    if (related(text_member(mount, "destination")))
      return true;
  return std::ranges::any_of(
      config.volumes, [&](const named_volume& volume) { return related(volume.destination); });
}

/// Behaviours.md section 6.1.
expected<void> prepare_working_directory(const container_record& record,
                                         const resolved_user& user) {
  auto path = clean_path(text_member(object_member(record.config.spec, "process"), "cwd"));
  if (path == "/" || touches_mount(record.config, path))
    return {};
  auto subject = "working directory " + path;
  const auto& root = record.status.mount_point;
  auto found = resolve_in_root(root, path);
  if (found) {
    struct stat status {};
    if (::stat(found->c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
      return fail(error_code::usage, subject, "it is not a directory in the container");
    return {};
  }
  if (found.error().code != error_code::no_such_file)
    return tl::unexpected{found.error()};
  if (flag_member(record.config.rest, "createWorkingDir"))
    return make_directories_in_root(root, path, user.uid, user.gid);
  return fail(error_code::usage, subject, "it does not exist in the container",
              "choose another one with -w");
}

/// tmpfs destinations that are links in the image lead where the links do.
text_pairs resolve_tmpfs(const container_record& record) {
  text_pairs resolved;
  const auto& root = record.status.mount_point;
  auto real_root = resolve_in_root(root, "/");
  for (const auto& mount : list_member(record.config.spec, "mounts")) {
    if (!real_root || text_member(mount, "type") != "tmpfs")
      continue;
    auto destination = text_member(mount, "destination");
    auto found = resolve_in_root(root, destination);
    if (found && found->starts_with(*real_root + "/") &&
        found->substr(real_root->size()) != destination)
      resolved.emplace_back(destination, found->substr(real_root->size()));
  }
  return resolved;
}

} // namespace

expected<void> mount_container(container_host& host, container_record& record) {
  image_record image;
  if (record.config.rootfs.empty()) {
    auto found = find_image(host.state(), host.settings(), record.config.image_id);
    if (!found)
      return tl::unexpected{found.error()};
    image = std::move(*found);
  }
  auto mounted = mount_root_filesystem(host.settings(), record.config, image);
  if (!mounted)
    return tl::unexpected{mounted.error()};
  record.status.mounted = true;
  record.status.mount_point = std::move(*mounted);
  return mount_shared_memory(record.config);
}

expected<void> write_runtime_config(container_host& host, container_record& record) {
  const auto& config = record.config;
  start_facts facts;
  facts.root_path = record.status.mount_point;
  auto groups = texts_member(config.rest, "groups");
  auto user = look_up_user(facts.root_path, config.user, groups);
  if (!user)
    return tl::unexpected{user.error()};
  facts.user = std::move(*user);
  if (auto checked = check_sources(record, facts.user); !checked)
    return checked;
  auto volumes = prepare_volumes(host, record, facts.user);
  if (!volumes)
    return tl::unexpected{volumes.error()};
  facts.volumes = std::move(*volumes);
  if (auto prepared = prepare_working_directory(record, facts.user); !prepared)
    return prepared;
  auto bind_mounts = make_etc_files(host.settings(), config, has_container_env(config));
  if (!bind_mounts)
    return tl::unexpected{bind_mounts.error()};
  facts.bind_mounts = std::move(*bind_mounts);
  facts.resolved_destinations = resolve_tmpfs(record);
  facts.cgroups_path = "/libpod_parent/libpod-" + config.id;
  record.status.bind_mounts = facts.bind_mounts;
  return write_file(bundle_directory(host.settings(), config.id) + "/config.json",
                    dump_json(finish_spec(config, facts)), 0600);
}

} // namespace floe
