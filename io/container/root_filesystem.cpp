#include "io/container/root_filesystem.hpp"

#include "io/posix/file_tree.hpp"
#include "io/posix/mount.hpp"
#include "io/posix/system_error.hpp"

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

/// What overlayfs stacks at most (OVL_MAX_STACK).
constexpr size_t layers_max = 500;

/// `ROOT/containers/ID/layer`: upper, work, and links to the lowers with names that are short
/// enough for hundreds of them to fit into the one page of mount options.
std::string layer_directory(const host_settings& settings, const container_config& config) {
  return bundle_directory(settings, config.id) + "/layer";
}

std::string merged_directory(const host_settings& settings, const container_config& config) {
  return bundle_directory(settings, config.id) + "/merged";
}

/// The root directory of a container has the owner and mode of the upper directory, so that gets
/// those of the image's.
expected<void> make_upper(const std::string& path, const std::string& top_layer) {
  struct stat top {};
  if (::stat(top_layer.c_str(), &top) != 0)
    return system_failure(errno, top_layer, "stat");
  if (::mkdir(path.c_str(), 0700) != 0)
    return errno == EEXIST ? expected<void>{} : system_failure(errno, path, "mkdir");
  if (::chown(path.c_str(), top.st_uid, top.st_gid) != 0)
    return system_failure(errno, path, "chown");
  if (::chmod(path.c_str(), top.st_mode & 07777) != 0)
    return system_failure(errno, path, "chmod");
  return {};
}

/// Makes the links anew, since a storage may have moved meanwhile, and returns the lowerdir option.
expected<std::string> link_layers(const std::string& directory,
                                  const std::vector<std::string>& layers) {
  if (auto removed = remove_tree(directory + "/l"); !removed)
    return tl::unexpected{removed.error()};
  if (auto made = make_directories(directory + "/l"); !made)
    return tl::unexpected{made.error()};
  std::string option = "lowerdir=";
  for (size_t i = 0; i < layers.size(); ++i) {
    const auto link = "l/" + std::to_string(i);
    struct stat status {};
    if (::stat(layers[i].c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
      return fail(error_code::no_such_file, layers[i], "a layer of the image is missing",
                  "remove the image and import it again");
    if (::symlink(layers[i].c_str(), (directory + "/" + link).c_str()) != 0)
      return system_failure(errno, directory + "/" + link, "symlink");
    option += (i == 0 ? "" : ":") + link;
  }
  return option;
}

expected<void> mount_layers(const std::string& directory, const std::string& merged,
                            const image_record& image) {
  if (image.layers.empty() || image.layers.size() > layers_max)
    return fail(error_code::bad_image, "image " + image.id,
                "it has " + std::to_string(image.layers.size()) + " layers, overlayfs takes 1 to " +
                    std::to_string(layers_max),
                "make the image anew with fewer layers");
  for (const auto& path : {directory, directory + "/work", merged})
    if (auto made = make_directories(path); !made)
      return made;
  auto lowers = link_layers(directory, image.layers);
  if (!lowers)
    return tl::unexpected{lowers.error()};
  if (auto made = make_upper(directory + "/upper", image.layers.front()); !made)
    return made;
  // The change of a container is read from the upper directory, whose entries have to be complete
  // files at their own place: no redirects, no files with only metadata.
  return mount_overlay(directory,
                       *lowers + ",upperdir=upper,workdir=work,"
                                 "redirect_dir=off,metacopy=off,index=off",
                       merged);
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

} // namespace

root_filesystem_layers root_layers(const host_settings& settings, const container_config& config,
                                   const image_record& image) {
  if (!config.rootfs.empty())
    return {{}, {config.rootfs}};
  return {layer_directory(settings, config) + "/upper", image.layers};
}

expected<std::string> mount_root_filesystem(const host_settings& settings,
                                            const container_config& config,
                                            const image_record& image) {
  if (!config.rootfs.empty()) {
    if (!is_directory(config.rootfs))
      return fail(error_code::no_such_file, config.rootfs,
                  "the root filesystem of container " + config.name + " is not a directory",
                  "put it back, or remove the container");
    return config.rootfs;
  }
  auto merged = merged_directory(settings, config);
  auto mounted = is_mount_point(merged);
  if (!mounted)
    return tl::unexpected{mounted.error()};
  if (!*mounted)
    if (auto done = mount_layers(layer_directory(settings, config), merged, image); !done)
      return tl::unexpected{done.error()};
  return merged;
}

expected<void> unmount_root_filesystem(const host_settings& settings,
                                       const container_config& config) {
  return config.rootfs.empty() ? unmount_all(merged_directory(settings, config)) : expected<void>{};
}

expected<bool> root_filesystem_mounted(const host_settings& settings,
                                       const container_config& config) {
  if (!config.rootfs.empty())
    return is_directory(config.rootfs);
  return is_mount_point(merged_directory(settings, config));
}

expected<void> remove_root_filesystem(const host_settings& settings,
                                      const container_config& config) {
  if (!config.rootfs.empty())
    return {};
  if (auto unmounted = unmount_root_filesystem(settings, config); !unmounted)
    return unmounted;
  if (auto removed = remove_tree(layer_directory(settings, config)); !removed)
    return removed;
  return remove_tree(merged_directory(settings, config));
}

expected<void> mount_shared_memory(const container_config& config) {
  const auto& directory = config.shm_directory;
  if (directory.empty())
    return {};
  auto mounted = is_mount_point(directory);
  if (!mounted)
    return tl::unexpected{mounted.error()};
  if (*mounted)
    return {};
  if (auto made = make_directories(directory); !made)
    return made;
  return mount_tmpfs(directory, "shm", "mode=1777,size=" + std::to_string(config.shm_size));
}

expected<void> unmount_shared_memory(const container_config& config) {
  return config.shm_directory.empty() ? expected<void>{} : unmount_all(config.shm_directory);
}

} // namespace floe
