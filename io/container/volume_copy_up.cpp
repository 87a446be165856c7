// Fills a new volume with what the image has at its mount point, as Podman does at the first use.
#include "io/archive/extract.hpp"
#include "io/container/root_filesystem.hpp"
#include "io/plan/rope_source.hpp"
#include "io/plan/tar_plan.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

namespace floe {

namespace {

/// Opens a directory of a container as its processes would: links lead to places inside of its
/// root. An empty descriptor if there is no such directory.
expected<unique_fd> open_in_root(const std::string& root, const std::string& path) {
  const unique_fd directory{::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!directory)
    return system_failure(errno, root, "open");
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  constexpr int attempts_max = 100; // EAGAIN: somebody renamed what was being walked
  for (int i = 0; i < attempts_max; ++i) {
    const auto opened = ::syscall(SYS_openat2, directory.get(), path.c_str(), &how, sizeof how);
    if (opened >= 0)
      return unique_fd{static_cast<int>(opened)};
    if (errno != EAGAIN && errno != EINTR)
      break;
  }
  if (errno == ENOENT || errno == ENOTDIR)
    return unique_fd{};
  return system_failure(errno, root + path, "open");
}

} // namespace

expected<bool> copy_up_volume(const std::string& merged, const std::string& destination,
                              const std::string& volume_directory) {
  auto present = list_directory(volume_directory);
  if (!present)
    return tl::unexpected{present.error()};
  if (!present->empty())
    return false;
  auto source = open_in_root(merged, destination);
  if (!source)
    return tl::unexpected{source.error()};
  if (!*source)
    return false;
  const auto subject = merged + destination;
  auto plan = plan_tree(std::make_shared<tree_root>(tree_root{std::move(*source), subject}));
  if (!plan)
    return tl::unexpected{plan.error()};
  auto target = open_directory(volume_directory);
  if (!target)
    return tl::unexpected{target.error()};
  rope_source content{plan->content};
  extract_policy policy;
  policy.allow_devices = true; // what an image holds was let in when it was imported
  auto extracted = extract_tar(content, target->get(), subject, policy);
  if (!extracted)
    return tl::unexpected{extracted.error()};
  return true;
}

} // namespace floe
