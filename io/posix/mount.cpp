#include "io/posix/mount.hpp"

#include "io/posix/system_error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace floe {

namespace {

/// mount(2) takes one page of options.
constexpr size_t option_bytes_max = 4095;

expected<void> make_private(const std::string& target) {
  if (::mount(nullptr, target.c_str(), nullptr, MS_PRIVATE, nullptr) != 0)
    return system_failure(errno, target, "make the mount private");
  return {};
}

/// For kernels before 5.8: another device than the directory above, or the same inode as that.
expected<bool> differs_from_parent(const std::string& path) {
  struct stat here {};
  struct stat above {};
  if (::lstat(path.c_str(), &here) != 0 || ::lstat((path + "/..").c_str(), &above) != 0)
    return system_failure(errno, path, "stat");
  return here.st_dev != above.st_dev || here.st_ino == above.st_ino;
}

} // namespace

expected<bool> is_mount_point(const std::string& path) {
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &status) !=
      0) {
    if (errno == ENOENT || errno == ENOTDIR)
      return false;
    return system_failure(errno, path, "stat");
  }
  if ((status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) == 0)
    return differs_from_parent(path);
  return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

expected<void> mount_overlay(const std::string& directory, const std::string& options,
                             const std::string& target) {
  if (options.size() > option_bytes_max)
    return fail(error_code::io_failed, target,
                "the overlay's options take " + std::to_string(options.size()) +
                    " bytes, more than the kernel does",
                "use an image with fewer layers");
  // A working directory belongs to the whole process, unless a thread parts with it.
  int failed = 0;
  std::string step;
  std::jthread{[&] {
    if (::unshare(CLONE_FS) != 0)
      step = "leave the process's working directory";
    else if (::chdir(directory.c_str()) != 0)
      step = "change to " + directory;
    else if (::mount("overlay", target.c_str(), "overlay", 0, options.c_str()) != 0)
      step = "mount an overlay (" + options.substr(0, 200) + ")";
    failed = step.empty() ? 0 : errno;
  }}.join();
  if (!step.empty())
    return system_failure(failed, target, step);
  return make_private(target);
}

expected<void> mount_tmpfs(const std::string& target, const std::string& name,
                           const std::string& options) {
  if (::mount(name.c_str(), target.c_str(), "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV,
              options.c_str()) != 0)
    return system_failure(errno, target, "mount a tmpfs");
  return make_private(target);
}

expected<void> replace_mount(const std::string& source, const std::string& target) {
  if (auto free = unmount_all(target); !free)
    return free;
  if (::mount(source.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return system_failure(errno, target, "mount " + source);
  return make_private(target);
}

expected<void> unmount_all(const std::string& target) {
  for (;;) {
    auto mounted = is_mount_point(target);
    if (!mounted)
      return tl::unexpected{mounted.error()};
    if (!*mounted)
      return {};
    if (::umount2(target.c_str(), UMOUNT_NOFOLLOW) == 0)
      continue;
    if (errno != EBUSY)
      return system_failure(errno, target, "unmount");
    if (::umount2(target.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH) != 0)
      return system_failure(errno, target, "unmount");
  }
}

} // namespace floe
