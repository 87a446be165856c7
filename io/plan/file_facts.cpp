#include "io/plan/file_facts.hpp"

#include "io/posix/system_error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/sysmacros.h>

namespace floe {

namespace {

timespec time_from(const statx_timestamp& time) {
  return {time.tv_sec, static_cast<long>(time.tv_nsec)};
}

struct stat stat_from(const struct statx& seen) {
  struct stat status {};
  status.st_dev = makedev(seen.stx_dev_major, seen.stx_dev_minor);
  status.st_ino = seen.stx_ino;
  status.st_mode = seen.stx_mode;
  status.st_nlink = seen.stx_nlink;
  status.st_uid = seen.stx_uid;
  status.st_gid = seen.stx_gid;
  status.st_rdev = makedev(seen.stx_rdev_major, seen.stx_rdev_minor);
  status.st_size = static_cast<off_t>(seen.stx_size);
  status.st_blksize = static_cast<blksize_t>(seen.stx_blksize);
  status.st_blocks = static_cast<blkcnt_t>(seen.stx_blocks);
  status.st_mtim = time_from(seen.stx_mtime);
  status.st_ctim = time_from(seen.stx_ctime);
  return status;
}

/// By a descriptor, for what a name alone does not tell.
expected<std::optional<file_facts>> look_by_handle(int directory, const std::string& name,
                                                   const std::string& subject) {
  const auto entry = open_entry(directory, name);
  if (!entry && means_vanished(entry.error()))
    return std::optional<file_facts>{};
  if (!entry)
    return system_failure(entry.error(), subject, "open");
  auto facts = look_at(*entry, subject);
  if (!facts)
    return tl::unexpected{std::move(facts.error())};
  return std::optional{std::move(*facts)};
}

} // namespace

expected<file_facts> look_at(const tree_entry& entry, const std::string& subject) {
  file_facts facts;
  facts.status = entry.status;
  facts.mount_point = entry.mount_point;
  if (S_ISSOCK(entry.status.st_mode))
    return facts;
  auto attributes = read_xattrs(entry.handle.get(), subject);
  if (!attributes)
    return tl::unexpected{std::move(attributes.error())};
  facts.attributes = std::move(*attributes);
  if (S_ISLNK(entry.status.st_mode)) {
    auto target = read_link(entry.handle.get());
    if (!target)
      return system_failure(target.error(), subject, "read the link");
    facts.link_target = std::move(*target);
  }
  if (S_ISREG(entry.status.st_mode)) {
    auto data = find_data(entry, subject);
    if (!data)
      return tl::unexpected{std::move(data.error())};
    facts.data = std::move(*data);
  }
  return facts;
}

expected<std::optional<file_facts>> look_at_name(int directory, const std::string& name,
                                                 const std::string& subject) {
  struct statx seen {};
  if (::statx(directory, name.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS,
              &seen) != 0) {
    if (means_vanished(errno))
      return std::optional<file_facts>{};
    return system_failure(errno, subject, "look at");
  }
  const bool tells_mounts = (seen.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
  const bool is_mount = (seen.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  const auto status = stat_from(seen);
  if (!tells_mounts || is_mount || !S_ISREG(status.st_mode) || may_have_holes(status))
    return look_by_handle(directory, name, subject);
  file_facts facts;
  facts.status = status;
  auto attributes = read_xattrs_of_name(directory, name, subject);
  if (!attributes && attributes.error().code == error_code::no_such_file)
    return std::optional<file_facts>{};
  if (!attributes)
    return tl::unexpected{std::move(attributes.error())};
  facts.attributes = std::move(*attributes);
  if (status.st_size > 0)
    facts.data.push_back({0, static_cast<uint64_t>(status.st_size)});
  return std::optional{std::move(facts)};
}

} // namespace floe
