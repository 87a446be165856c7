// floe create.
#include "io/container/container_upkeep.hpp"
#include "io/container/host_facts.hpp"
#include "io/container/lifecycle.hpp"
#include "io/container/random_names.hpp"
#include "io/posix/file_tree.hpp"
#include "io/store/image_store.hpp"
#include "io/store/volume_store.hpp"
#include "model/json_access.hpp"
#include "model/names.hpp"
#include "model/oci_spec.hpp"

#include <climits>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sys/stat.h>

namespace floe {

namespace {

// With some thousand names a few tries are enough on any host.
constexpr int name_tries = 20;

/// Archives and what belongs to them are called after a container; a file name has 255 bytes.
constexpr size_t name_bytes_max = 200;

struct chosen_root {
  image_record image; ///< empty with an external root filesystem
  image_config settings;
  std::string rootfs;
};

expected<chosen_root> choose_root(container_host& host, const create_options& options) {
  chosen_root chosen;
  if (options.rootfs.empty() == options.image.empty())
    return fail(error_code::usage, "container " + options.name,
                "it needs an image or a root filesystem, and only one of them",
                "name an image, or a directory with --rootfs");
  if (!options.rootfs.empty()) {
    std::unique_ptr<char, decltype(&std::free)> real{::realpath(options.rootfs.c_str(), nullptr),
                                                     &std::free};
    struct stat status {};
    if (!real || ::stat(real.get(), &status) != 0 || !S_ISDIR(status.st_mode))
      return fail(error_code::no_such_file, "root filesystem " + options.rootfs,
                  "it is not a directory");
    chosen.rootfs = real.get();
    return chosen;
  }
  auto image = find_image(host.state(), host.settings(), options.image);
  if (!image)
    return tl::unexpected{image.error()};
  auto settings = image_config_from_json(image->config, "image " + options.image);
  if (!settings)
    return tl::unexpected{settings.error()};
  chosen.image = std::move(*image);
  chosen.settings = std::move(*settings);
  return chosen;
}

expected<std::string> choose_name(container_host& host, const std::string& wanted) {
  if (wanted.size() > name_bytes_max)
    return fail(error_code::usage, "container name " + wanted.substr(0, 20) + "…",
                fmt::format("it has {} characters, more than {}", wanted.size(), name_bytes_max),
                "choose a shorter one: archives are called after it");
  if (!wanted.empty() && !is_name(wanted))
    return fail(error_code::usage, "container name " + wanted,
                "it has other characters than letters, digits, _, . and -",
                "begin it with a letter or a digit");
  if (!wanted.empty())
    return wanted;
  for (int tries = 0; tries < name_tries; ++tries) {
    auto name = random_name();
    auto taken = host.state().find_container(name);
    if (!taken && taken.error().code == error_code::no_such_container)
      return name;
  }
  return random_name() + "_" + random_id().substr(0, 8);
}

/// Volumes that were made for a container vanish again if it comes to nothing.
class new_volumes {
 public:
  explicit new_volumes(container_host& host) : host_{host} {}
  new_volumes(const new_volumes&) = delete;
  new_volumes& operator=(const new_volumes&) = delete;
  ~new_volumes() {
    for (const auto& name : made_)
      [[maybe_unused]] auto removed = remove_volume(host_.state(), host_.settings(), name);
  }

  expected<void> provide(named_volume& volume) {
    if (volume.name.empty())
      volume.name = random_id();
    else if (host_.state().find_volume(volume.name))
      return {};
    volume_request request;
    request.name = volume.name;
    request.anonymous = volume.anonymous;
    auto created = create_volume(host_.state(), host_.settings(), request);
    // Somebody else made it a moment ago: that is what was asked for.
    if (!created && created.error().code == error_code::volume_exists)
      return {};
    if (!created)
      return tl::unexpected{created.error()};
    made_.push_back(volume.name);
    return {};
  }

  void keep() { made_.clear(); }

 private:
  container_host& host_;
  std::vector<std::string> made_;
};

bool user_mounts_shared_memory(const container_config& config) {
  for (const auto& mount : list_member(config.spec, "mounts"))
    if (text_member(mount, "destination") == "/dev/shm")
      return true;
  return std::ranges::any_of(
      config.volumes, [](const named_volume& volume) { return volume.destination == "/dev/shm"; });
}

/// What concerns names and places.
void fill_in(container_config& config, const container_host& host, const create_options& options,
             const chosen_root& root, const std::string& runtime) {
  auto bundle = bundle_directory(host.settings(), config.id);
  config.image_id = root.image.id;
  if (!root.image.names.empty())
    config.image_name = root.image.names.front();
  else if (!config.image_id.empty())
    config.image_name = options.image;
  if (!options.image.empty())
    config.rest["RawImageName"] = options.image;
  config.rootfs = root.rootfs;
  config.runtime = runtime;
  config.log_path = bundle + "/ctr.log";
  if (!user_mounts_shared_memory(config))
    config.shm_directory = bundle + "/shm";
}

expected<void> check_host_paths(const container_config& config) {
  for (const auto& mount : list_member(config.spec, "mounts")) {
    if (text_member(mount, "type") != "bind")
      continue;
    auto source = text_member(mount, "source");
    struct stat status {};
    if (::stat(source.c_str(), &status) != 0)
      return fail(error_code::no_such_file, "host path " + source, "it does not exist",
                  "create it, or name a volume without a / at the beginning");
  }
  return {};
}

expected<void> record_container(container_host& host, container_record& record) {
  const auto& config = record.config;
  new_volumes volumes{host};
  for (auto& volume : record.config.volumes)
    if (auto provided = volumes.provide(volume); !provided)
      return provided;
  auto lock = object_lock::acquire(host.settings().run_root, "container", config.id);
  if (!lock)
    return tl::unexpected{lock.error()};
  auto bundle = bundle_directory(host.settings(), config.id);
  if (auto made = make_directories(bundle); !made)
    return made;
  if (auto added = host.state().add_container(record); !added) {
    [[maybe_unused]] auto removed = remove_tree(bundle);
    return added;
  }
  volumes.keep();
  return {};
}

} // namespace

expected<container_record> create_container(container_host& host, const create_options& given) {
  auto root = choose_root(host, given);
  if (!root)
    return tl::unexpected{root.error()};
  auto options = given;
  options.rootfs = root->rootfs;
  auto name = choose_name(host, options.name);
  if (!name)
    return tl::unexpected{name.error()};
  options.name = *name;
  auto runtime = host.runtime(options.runtime);
  if (!runtime)
    return tl::unexpected{runtime.error()};
  auto facts = look_at_host(options.privileged);
  if (!facts)
    return tl::unexpected{facts.error()};
  auto config =
      make_container_config({random_id(), current_time(), options, root->settings, *facts});
  if (!config)
    return tl::unexpected{config.error()};
  if (auto checked = check_host_paths(*config); !checked)
    return tl::unexpected{checked.error()};
  config->name = *name;
  fill_in(*config, host, options, *root,
          options.runtime.empty() ? (*runtime)->name() : options.runtime);
  container_record record{std::move(*config), {}};
  if (auto recorded = record_container(host, record); !recorded)
    return tl::unexpected{recorded.error()};
  return record;
}

} // namespace floe
