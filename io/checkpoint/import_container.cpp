#include "io/checkpoint/import_container.hpp"

#include "io/checkpoint/checkpoint_checks.hpp"
#include "io/checkpoint/checkpoint_files.hpp"
#include "io/posix/system_error.hpp"
#include "io/store/image_store.hpp"
#include "model/checkpoint_policy.hpp"
#include "model/names.hpp"
#include "model/restore_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <set>
#include <sys/random.h>

namespace floe {

namespace {

expected<std::string> make_container_id() {
  std::array<unsigned char, 32> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return system_failure(errno, "a new container id", "getrandom");
  std::string id;
  for (const auto byte : random)
    id += fmt::format("{:02x}", byte);
  return id;
}

std::string short_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// Names and ids share one space, as with Podman.
expected<void> check_free(store& state, const container_config& config) {
  auto existing = state.containers();
  if (!existing)
    return tl::unexpected{std::move(existing.error())};
  for (const auto& other : *existing) {
    if (other.config.name == config.name)
      return fail(error_code::container_exists, "container " + config.name,
                  "the container name is already in use by " + other.config.id.substr(0, 12),
                  "remove that container, or restore this one with --name");
    if (other.config.id == config.id)
      return fail(error_code::container_exists, "container " + config.name,
                  "its id is already in use by the container " + other.config.name,
                  "remove that container, or restore this one with --name");
  }
  return {};
}

/// A volume that another container of the batch restores may be there already.
expected<void> claim_volumes(store& state, const container_config& config,
                             claimed_volumes& claims) {
  std::set<std::string> seen;
  for (const auto& volume : config.volumes)
    if (seen.insert(volume.name).second && claims.take(volume.name) &&
        state.find_volume(volume.name))
      return fail(error_code::volume_exists, "volume " + volume.name,
                  fmt::format("volume with name {} already exists. Use --ignore-volumes to not "
                              "restore content of volumes",
                              volume.name),
                  "or remove the volume first");
  return {};
}

/// By id, and if that is not here by name, which may be another build of it.
expected<image_record> choose_image(container_host& host, container_config& config,
                                    std::vector<std::string>& warnings) {
  if (!config.rootfs.empty())
    return image_record{};
  auto image = find_image(host.state(), host.settings(), config.image_id);
  if (image || image.error().code != error_code::no_such_image)
    return image;
  image = find_image(host.state(), host.settings(), config.image_name);
  if (!image) {
    if (image.error().code == error_code::no_such_image)
      return fail(error_code::no_such_image, "container " + config.name,
                  fmt::format("its image {} ({}) is not on this host", config.image_name,
                              config.image_id.substr(0, 12)),
                  "import the image with floe image import, or pull it with podman");
    return image;
  }
  warnings.push_back(fmt::format("image {} has the id {} here, {} where the checkpoint was made",
                                 config.image_name, image->id.substr(0, 12),
                                 config.image_id.substr(0, 12)));
  config.image_id = image->id;
  return image;
}

/// What only means something on the host that the archive comes from.
void forget_origin(container_config& config, const host_settings& settings) {
  const auto bundle = bundle_directory(settings, config.id);
  for (const char* key : {"conmonPidFile", "pid_file", "cgroupParent", "cgroupManager", "lockID",
                          "mounts", "staticDir", "secretsPath"})
    config.rest.erase(key);
  config.log_path = in_bundle(bundle, "ctr.log");
  config.created = format_time(
      std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()));
  if (config.shm_directory == "/dev/shm")
    config.shm_directory.clear(); // it was the host's
  else if (!config.shm_directory.empty())
    config.shm_directory = in_bundle(bundle, "shm");
}

} // namespace

expected<void> rename_import(container_config& config, const std::string& name) {
  if (name.empty())
    return {};
  if (!is_name(name))
    return fail(error_code::usage, "--name " + name, "it is no name for a container",
                "use letters, digits, `_`, `.` and `-`, a letter or digit first");
  auto id = make_container_id();
  if (!id)
    return tl::unexpected{std::move(id.error())};
  config.name = name;
  config.id = std::move(*id);
  return {};
}

/// Two containers of one id would share a cgroup: what is done to one would be done to the other.
expected<void> check_free_in_podman(container_host& host, const container_config& config) {
  const auto podman = host.podman();
  if (!podman)
    return {};
  const auto there = (*podman)->has({podman_row_key::row_kind::container, config.id});
  if (!there || !*there) // without a database that can be read Podman has no say
    return {};
  return fail(error_code::container_exists, "container " + config.name,
              "its id is already in use by a container of Podman's",
              "remove that container, or restore this one with --name");
}

expected<std::string> choose_runtime(const std::string& archived, const host_settings& settings,
                                     const std::string& archive) {
  const auto wanted = short_name(archived);
  if (wanted == short_name(settings.runtime))
    return settings.runtime;
  constexpr std::array known{"runc", "crun"};
  const bool is_known = std::ranges::find(known, wanted) != known.end();
  if (is_known && !settings.runtime_is_demanded)
    return wanted;
  return fail(error_code::archive_incompatible, archive,
              fmt::format("checkpoint archive {} was created with runtime '{}' and cannot be "
                          "restored with runtime '{}'",
                          archive, archived, settings.runtime),
              is_known ? "leave out --runtime, or name that runtime"
                       : "install that runtime and name it with --runtime");
}

expected<archived_container> read_archived(archive_reader& archive,
                                           const restore_options& options) {
  auto config = archive.document("config.dump");
  if (!config)
    return tl::unexpected{std::move(config.error())};
  auto spec = archive.document("spec.dump");
  if (!spec)
    return tl::unexpected{std::move(spec.error())};
  auto archived = parse_documents(*config, *spec, archive.path());
  if (!archived)
    return archived;
  if (auto restorable = check_restorable(*archived, archive.path()); !restorable)
    return tl::unexpected{std::move(restorable.error())};
  if (options.trust)
    return archived;
  if (auto allowed = check_policy(*archived, archive.path()); !allowed)
    return tl::unexpected{std::move(allowed.error())};
  return archived;
}

expected<imported_container> plan_import(container_host& host, archived_container archived,
                                         const restore_options& options,
                                         const std::string& archive_path, claimed_volumes& claims) {
  auto& config = archived.config;
  auto runtime = choose_runtime(config.runtime, host.settings(), archive_path);
  if (!runtime)
    return tl::unexpected{std::move(runtime.error())};
  config.runtime = *runtime;
  if (auto usable = check_programs(host, config); !usable)
    return tl::unexpected{std::move(usable.error())};
  if (auto renamed = rename_import(config, options.name); !renamed)
    return tl::unexpected{std::move(renamed.error())};
  auto lock = object_lock::acquire(host.settings().run_root, "container", config.id);
  if (!lock)
    return tl::unexpected{std::move(lock.error())};
  if (auto free = check_free(host.state(), config); !free)
    return tl::unexpected{std::move(free.error())};
  if (auto free = check_free_in_podman(host, config); !free)
    return tl::unexpected{std::move(free.error())};
  if (!options.ignore_volumes)
    if (auto free = claim_volumes(host.state(), config, claims); !free)
      return tl::unexpected{std::move(free.error())};
  std::vector<std::string> warnings;
  for (const auto& volume : claims.of_others())
    warnings.push_back(shared_volume_warning(volume));
  auto image = choose_image(host, config, warnings);
  if (!image)
    return tl::unexpected{std::move(image.error())};
  forget_origin(config, host.settings());
  // The specification was checked, what the archive says of its creation was not.
  config.spec = make_creation_spec(archived.spec, config);
  return imported_container{std::move(*lock), container_record{std::move(config), {}},
                            std::move(archived.spec), std::move(*image), std::move(warnings)};
}

expected<std::vector<staged_volume>>
stage_volumes(container_host& host, const container_config& config, const restore_options& options,
              const claimed_volumes& claims, const archive_notes& notes,
              std::vector<std::string>& made) {
  std::vector<staged_volume> staged;
  std::set<std::string> seen;
  for (const auto& volume : config.volumes) {
    const bool is_of_another =
        std::ranges::find(claims.of_others(), volume.name) != claims.of_others().end();
    if (is_of_another || !seen.insert(volume.name).second)
      continue;
    volume_request request;
    request.name = volume.name;
    request.anonymous = volume.anonymous;
    request.labels = notes.volume(volume.name).labels;
    if (!options.ignore_volumes) {
      auto stage = staged_volume::stage(host.state(), host.settings(), request);
      if (!stage)
        return tl::unexpected{std::move(stage.error())};
      staged.push_back(std::move(*stage));
    } else if (host.state().find_volume(volume.name)) {
      const auto held =
          object_lock::acquire(host.settings().run_root, "volume", volume.name, volume_patience);
      if (!held)
        return tl::unexpected{held.error()};
    } else {
      auto created = create_volume(host.state(), host.settings(), request);
      if (!created)
        return tl::unexpected{std::move(created.error())};
      made.push_back(volume.name);
    }
  }
  return staged;
}

} // namespace floe
