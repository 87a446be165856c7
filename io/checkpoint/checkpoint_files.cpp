#include "io/checkpoint/checkpoint_files.hpp"

#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>

namespace floe {

namespace {

template <size_t Count>
expected<void> remove_all(const std::string& bundle, const std::array<const char*, Count>& names) {
  for (const char* name : names)
    if (auto removed = remove_tree(in_bundle(bundle, name)); !removed)
      return removed;
  return {};
}

std::string previous(const std::string& bundle, const std::string& name) {
  return bundle + "/" + name + ".previous";
}

} // namespace

std::string in_bundle(const std::string& bundle, const char* name) {
  return bundle + "/" + name;
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

std::string archived_log_file(const container_config& config, const std::string& bundle) {
  const bool is_file = config.log_driver == "k8s-file" || config.log_driver == "json-file";
  const auto usual = in_bundle(bundle, "ctr.log");
  return is_file && config.log_path == usual && is_there(usual) ? "ctr.log" : "";
}

bool has_checkpoint(const std::string& bundle) {
  struct stat status {};
  const auto path = in_bundle(bundle, "checkpoint/inventory.img");
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool has_file_locks(const std::string& bundle) {
  return is_there(in_bundle(bundle, images_name) + "/filelocks.img");
}

expected<void> remove_checkpoint_logs(const std::string& bundle) {
  return remove_all(bundle, std::array{"dump.log", "stats-dump", "config.dump", "spec.dump",
                                       "rootfs-diff.tar", "deleted.files", "volumes"});
}

expected<void> remove_checkpoint_files(const std::string& bundle) {
  if (auto removed = remove_checkpoint_logs(bundle); !removed)
    return removed;
  return remove_all(bundle, std::array{images_name, pre_images_name, "checkpoint.previous",
                                       "pre-checkpoint.previous", "restore.log", "stats-restore",
                                       "network.status", shared_memory_name, "artifacts"});
}

expected<void> set_images_aside(const std::string& bundle, const std::string& name) {
  if (auto removed = remove_tree(previous(bundle, name)); !removed)
    return removed;
  const auto images = bundle + "/" + name;
  if (::rename(images.c_str(), previous(bundle, name).c_str()) != 0 && errno != ENOENT)
    return system_failure(errno, images, "rename");
  return {};
}

expected<void> bring_images_back(const std::string& bundle, const std::string& name) {
  const auto images = bundle + "/" + name;
  if (auto removed = remove_tree(images); !removed)
    return removed;
  if (::rename(previous(bundle, name).c_str(), images.c_str()) != 0 && errno != ENOENT)
    return system_failure(errno, images, "rename");
  return {};
}

expected<void> drop_previous_images(const std::string& bundle, const std::string& name) {
  return remove_tree(previous(bundle, name));
}

expected<void> link_parent_images(const std::string& bundle) {
  struct stat status {};
  if (::lstat(in_bundle(bundle, pre_images_name).c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    return {};
  const auto link = in_bundle(bundle, "checkpoint/parent");
  if (auto removed = remove_tree(link); !removed)
    return removed;
  if (::symlink("../pre-checkpoint", link.c_str()) != 0)
    return system_failure(errno, link, "create");
  return {};
}

expected<uint32_t> remove_partial_archives(const std::string& archive) {
  const auto slash = archive.rfind('/');
  const auto directory = slash == std::string::npos ? "." : archive.substr(0, slash + 1);
  const auto prefix = "." + archive.substr(slash + 1) + ".floe-";
  constexpr size_t random_digits = 6;
  auto names = list_directory(directory);
  if (!names)
    return tl::unexpected{std::move(names.error())};
  uint32_t removed = 0;
  for (const auto& name : *names) {
    if (!name.starts_with(prefix) || name.size() != prefix.size() + random_digits)
      continue;
    const auto path = directory + "/" + name;
    if (::unlink(path.c_str()) == 0)
      ++removed;
    else if (errno != ENOENT)
      return system_failure(errno, path, "remove");
  }
  return removed;
}

} // namespace floe
