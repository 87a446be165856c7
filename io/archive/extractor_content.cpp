// The data of files and what describes them: holes stay holes, and owner, mode, attributes and
// times are set in the order in which they do not undo each other.
#include "io/archive/entry_name.hpp"
#include "io/archive/extractor.hpp"
#include "io/posix/beneath.hpp"
#include "io/posix/system_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace floe {

namespace {

constexpr size_t hole_bytes = 4096;
constexpr size_t directory_times_max = 1'000'000;

/// Zero is what the first byte is, and each other what the one before it is. REQUIRES: not empty.
bool all_zero(std::span<const std::byte> bytes) {
  return bytes.front() == std::byte{0} &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

/// Writes blocks that have data and leaves holes for the others. Returns 0 or an errno.
int write_sparsely(int file, std::span<const std::byte> bytes, uint64_t offset) {
  while (!bytes.empty()) {
    // Blocks of the file, not of the buffer: a hole has to fill whole ones.
    const auto block = std::min<size_t>(hole_bytes - offset % hole_bytes, bytes.size());
    size_t run = block;
    const bool hole = block == hole_bytes && all_zero(bytes.first(block));
    while (!hole && run < bytes.size() &&
           !all_zero(bytes.subspan(run, std::min(hole_bytes, bytes.size() - run))))
      run += std::min(hole_bytes, bytes.size() - run);
    for (size_t written = 0; !hole && written < run;) {
      const auto count = ::pwrite(file, bytes.data() + written, run - written,
                                  static_cast<off_t>(offset + written));
      if (count < 0 && errno != EINTR)
        return errno;
      written += count > 0 ? static_cast<size_t>(count) : 0;
    }
    bytes = bytes.subspan(run);
    offset += run;
  }
  return 0;
}

timespec to_timespec(const tar_time& time) {
  return {static_cast<time_t>(time.seconds), static_cast<long>(time.nanoseconds)};
}

std::array<timespec, 2> times_of(const tar_time& modified,
                                 const std::optional<tar_time>& accessed) {
  return {accessed ? to_timespec(*accessed) : timespec{0, UTIME_OMIT}, to_timespec(modified)};
}

/// What floe gives a file besides what belongs to its container.
enum class attribute_rule { apply, pass_over, refuse };

attribute_rule rule_for(std::string_view name) {
  if (name.starts_with("trusted.overlay."))
    return attribute_rule::refuse;
  if (name.starts_with("user.") || name.starts_with("trusted.") || name == "security.capability" ||
      name == "system.posix_acl_access" || name == "system.posix_acl_default")
    return attribute_rule::apply;
  return attribute_rule::pass_over;
}

} // namespace

expected<void> extractor::write_content(const read_entry& entry, int file) {
  const std::vector<tar_region> whole{{0, entry.size}};
  for (const auto& region : entry.regions ? *entry.regions : whole)
    if (auto done = write_region(file, region.offset, region.length); !done)
      return done;
  if (::ftruncate(file, static_cast<off_t>(entry.size)) != 0)
    return failed(errno, "set the size of", entry);
  return {};
}

expected<void> extractor::write_region(int file, uint64_t offset, uint64_t length) {
  while (length > 0) {
    if (stop_.stop_requested())
      return fail(error_code::cancelled, subject_, "it was being unpacked when the stop came");
    // A full buffer, whatever pieces the source delivers: holes are found in whole blocks only.
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(length, buffer_.size()));
    for (size_t filled = 0; filled < wanted;) {
      auto got = tar_.read(std::span{buffer_}.first(wanted).subspan(filled));
      if (!got)
        return tl::unexpected{got.error()};
      if (*got == 0)
        return tar_.reject(error_code::archive_damaged, "its data is cut");
      filled += *got;
    }
    if (const int failure = write_sparsely(file, std::span{buffer_}.first(wanted), offset))
      return system_failure(failure, subject_, "write a file of it");
    offset += wanted;
    length -= wanted;
  }
  return {};
}

expected<void> extractor::describe_by_descriptor(const read_entry& entry, int file) {
  // A change of owner clears setuid and capabilities, a change of mode the mask of an ACL.
  if (::fchown(file, entry.uid, entry.gid) != 0)
    return failed(errno, "change the owner of", entry);
  if (::fchmod(file, entry.mode) != 0)
    return failed(errno, "change the mode of", entry);
  if (auto done = set_attributes(entry, fmt::format("/proc/self/fd/{}", file)); !done)
    return done;
  const auto times = times_of(entry.modified, entry.accessed);
  if (entry.type != tar_type::directory && ::futimens(file, times.data()) != 0)
    return failed(errno, "set the times of", entry);
  return {};
}

/// For what cannot be opened for reading: symlinks, devices and fifos. They are held by a
/// descriptor all the same, so that nothing swapped in under the name is touched.
expected<void> extractor::describe_by_name(const target& at) {
  const auto& entry = at.entry;
  const unique_fd node{::openat(at.parent, at.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  if (!node)
    return failed(errno, "open", entry);
  const auto proc_path = fmt::format("/proc/self/fd/{}", node.get());
  if (::fchownat(node.get(), "", entry.uid, entry.gid, AT_EMPTY_PATH) != 0)
    return failed(errno, "change the owner of", entry);
  if (entry.type != tar_type::symlink && ::chmod(proc_path.c_str(), entry.mode) != 0)
    return failed(errno, "change the mode of", entry);
  if (auto done = set_attributes(entry, proc_path); !done)
    return done;
  const auto times = times_of(entry.modified, entry.accessed);
  if (::utimensat(node.get(), "", times.data(), AT_EMPTY_PATH) != 0)
    return failed(errno, "set the times of", entry);
  return {};
}

/// A directory with a default ACL gives one to all that is made in it.
expected<void> extractor::drop_inherited_acls(const read_entry& entry,
                                              const std::string& proc_path) {
  if (entry.type == tar_type::symlink)
    return {};
  for (const char* name : {"system.posix_acl_access", "system.posix_acl_default"}) {
    const bool is_default = std::string_view{name}.ends_with("default");
    const bool has_own = std::ranges::any_of(
        entry.attributes, [&](const auto& attribute) { return attribute.first == name; });
    if (has_own || (is_default && entry.type != tar_type::directory))
      continue;
    if (::removexattr(proc_path.c_str(), name) != 0 && errno != ENODATA && errno != EOPNOTSUPP)
      return failed(errno, "remove an inherited ACL of", entry);
  }
  return {};
}

/// \p proc_path is a descriptor of ours below /proc/self/fd, which also takes those opened with
/// O_PATH.
expected<void> extractor::set_attributes(const read_entry& entry, const std::string& proc_path) {
  if (auto dropped = drop_inherited_acls(entry, proc_path); !dropped)
    return dropped;
  for (const auto& [name, value] : entry.attributes) {
    const auto rule = rule_for(name);
    if (rule == attribute_rule::refuse)
      return tar_.reject(error_code::archive_refused, "the attribute " + quoted_name(name) +
                                                          " would steer an overlay file system");
    if (rule == attribute_rule::pass_over) {
      warn(fmt::format("{}: the attribute {} is not applied", quoted_name(entry.name),
                       quoted_name(name)));
      continue;
    }
    if (::setxattr(proc_path.c_str(), name.c_str(), value.data(), value.size(), 0) == 0)
      continue;
    if (errno == EINVAL || errno == E2BIG || errno == ERANGE)
      return tar_.reject(error_code::archive_refused,
                         "the attribute " + quoted_name(name) + " is malformed");
    if (errno == ENOSPC || errno == EDQUOT)
      return failed(errno, "set an attribute of", entry);
    warn(fmt::format("{}: the attribute {} cannot be set here", quoted_name(entry.name),
                     quoted_name(name)));
  }
  return {};
}

expected<void> extractor::remember_times(const std::string& path, const read_entry& entry) {
  directory_times_.insert_or_assign(path, std::pair{entry.modified, entry.accessed});
  return directory_times_.size() < directory_times_max ? expected<void>{} : flush_times();
}

expected<void> extractor::flush_times() {
  // Backwards is depth first: `a/b` comes before `a`.
  for (auto at = directory_times_.rbegin(); at != directory_times_.rend(); ++at) {
    auto opened = open_beneath(root_, at->first, O_RDONLY | O_DIRECTORY);
    if (!opened)
      return system_failure(opened.error(), subject_, "open " + quoted_name(at->first));
    const auto times = times_of(at->second.first, at->second.second);
    if (::futimens(opened->get(), times.data()) != 0)
      return system_failure(errno, subject_, "set the times of " + quoted_name(at->first));
  }
  directory_times_.clear();
  return {};
}

} // namespace floe
