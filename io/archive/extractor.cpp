// Where each kind of entry goes and what stands in its way. Parents are reached with openat2
// beneath the root; what is created or opened in them is named by one component that is never
// followed.
#include "io/archive/extractor.hpp"

#include "io/archive/entry_name.hpp"
#include "io/archive/remove_beneath.hpp"
#include "io/posix/beneath.hpp"
#include "io/posix/system_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace floe {

namespace {

constexpr size_t buffer_bytes = size_t{256} << 10;
constexpr mode_t parent_mode = 0755; ///< of directories that the tar does not describe
constexpr size_t warnings_max = 1000;
constexpr size_t symlink_bytes_max = 4095; // PATH_MAX without the NUL

size_t depth_of(std::string_view path) {
  return static_cast<size_t>(std::ranges::count(path, '/')) + (path.empty() ? 0 : 1);
}

} // namespace

extractor::extractor(tar_stream& tar, int root, const std::string& subject,
                     const extract_policy& policy, const std::stop_token& stop)
    : tar_{tar}, root_{root}, subject_{subject}, policy_{policy}, stop_{stop},
      buffer_(buffer_bytes) {}

tl::unexpected<error> extractor::failed(int error_number, const char* operation,
                                        const read_entry& entry) {
  if (error_number == ELOOP || error_number == EXDEV)
    return tar_.reject(error_code::archive_refused, "its path leads through a symlink");
  return system_failure(error_number, subject_,
                        fmt::format("{} {}", operation, quoted_name(entry.name)));
}

void extractor::warn(std::string text) {
  if (report_.warnings.size() < warnings_max)
    report_.warnings.push_back(std::move(text));
}

expected<void> extractor::take(const read_entry& entry) {
  auto path = clean_entry_name(entry.name);
  if (!path)
    return tar_.reject(error_code::archive_refused, path.error());
  if (depth_of(*path) > policy_.depth_max)
    return tar_.reject(error_code::archive_refused,
                       fmt::format("it is deeper than {} directories", policy_.depth_max));
  if (entry.type != tar_type::directory && (path->empty() || entry.name.ends_with('/')))
    return tar_.reject(error_code::archive_refused, "it has a directory's name and is none");
  ++report_.entries;
  report_.bytes += entry.size;
  if (entry.has_text_acl)
    warn(fmt::format("{}: an ACL in text form is not applied", quoted_name(entry.name)));
  if (path->empty()) {
    if (auto done = remember_times(*path, entry); !done)
      return done;
    auto opened = open_beneath(root_, "", O_RDONLY | O_DIRECTORY);
    return opened ? describe_by_descriptor(entry, opened->get())
                  : failed(opened.error(), "open", entry);
  }
  auto parent = parent_of(*path);
  if (!parent)
    return tl::unexpected{parent.error()};
  auto name = std::string{split_last(*path).name};
  const target at{entry, std::move(*path), *parent, std::move(name)};
  return is_whiteout(at) ? put_whiteout(at) : put(at);
}

expected<int> extractor::parent_of(const std::string& path) {
  const auto wanted = split_last(path).parent;
  if (parent_ && parent_path_ == wanted)
    return parent_.get();
  parent_.reset();
  auto opened = open_beneath(root_, wanted, O_PATH | O_DIRECTORY);
  if (!opened && opened.error() == ENOENT) {
    if (auto made = make_parents(wanted); !made)
      return tl::unexpected{made.error()};
    opened = open_beneath(root_, wanted, O_PATH | O_DIRECTORY);
  }
  if (!opened && opened.error() == ENOTDIR)
    return tar_.reject(error_code::archive_refused,
                       "its path leads through something that is no directory");
  if (!opened && (opened.error() == ELOOP || opened.error() == EXDEV))
    return tar_.reject(error_code::archive_refused, "its path leads through a symlink");
  if (!opened)
    return system_failure(opened.error(), subject_, "open " + quoted_name(wanted));
  parent_ = std::move(*opened);
  parent_path_ = wanted;
  return parent_.get();
}

expected<void> extractor::make_parents(std::string_view path) {
  for (size_t end = 0; end != std::string_view::npos && !path.empty();) {
    end = path.find('/', end == 0 ? 0 : end + 1);
    const auto [parent, name] = split_last(path.substr(0, end));
    const auto holder = open_beneath(root_, parent, O_PATH | O_DIRECTORY);
    if (!holder)
      return holder.error() == ELOOP
                 ? tar_.reject(error_code::archive_refused, "its path leads through a symlink")
                 : system_failure(holder.error(), subject_, "open " + quoted_name(parent));
    const std::string component{name};
    if (::mkdirat(holder->get(), component.c_str(), parent_mode) != 0 && errno != EEXIST)
      return system_failure(errno, subject_, "create " + quoted_name(path.substr(0, end)));
  }
  return {};
}

expected<void> extractor::put(const target& at) {
  switch (at.entry.type) {
  case tar_type::file:
    return put_file(at);
  case tar_type::hard_link:
    return put_hard_link(at);
  case tar_type::symlink:
    return put_symlink(at);
  case tar_type::directory:
    return put_directory(at);
  case tar_type::character_device:
  case tar_type::block_device:
  case tar_type::fifo:
    return put_node(at);
  }
  return tar_.reject(error_code::internal, "its type is unknown");
}

/// Removes what is at the target's name, a whole directory if that is in the way. True if a
/// directory is there and the entry is one as well.
expected<bool> extractor::make_room(const target& at) {
  struct stat found {};
  if (::fstatat(at.parent, at.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT ? expected<bool>{false} : failed(errno, "look at", at.entry);
  if (!S_ISDIR(found.st_mode)) {
    if (::unlinkat(at.parent, at.name.c_str(), 0) != 0 && errno != ENOENT)
      return failed(errno, "replace", at.entry);
    return false;
  }
  if (at.entry.type == tar_type::directory)
    return true;
  std::erase_if(directory_times_, [&](const auto& known) {
    return known.first == at.path || known.first.starts_with(at.path + '/');
  });
  const int failure = remove_beneath(root_, at.path);
  if (failure != 0 && failure != ENOENT)
    return failed(failure, "replace", at.entry);
  return false;
}

expected<void> extractor::put_file(const target& at) {
  if (auto free = make_room(at); !free)
    return tl::unexpected{free.error()};
  // Nobody may read it before its owner and mode are right.
  const unique_fd file{::openat(at.parent, at.name.c_str(),
                                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!file)
    return failed(errno, "create", at.entry);
  if (auto done = write_content(at.entry, file.get()); !done)
    return done;
  return describe_by_descriptor(at.entry, file.get());
}

expected<void> extractor::put_directory(const target& at) {
  auto hides = hides_lower_directory(at);
  auto exists = make_room(at);
  if (!hides || !exists)
    return tl::unexpected{!hides ? hides.error() : exists.error()};
  if (!*exists && ::mkdirat(at.parent, at.name.c_str(), 0700) != 0)
    return failed(errno, "create", at.entry);
  const unique_fd made{
      ::openat(at.parent, at.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!made)
    return failed(errno, "open", at.entry);
  if (*hides)
    if (auto hidden = hide_lower(made.get()); !hidden)
      return hidden;
  if (auto done = remember_times(at.path, at.entry); !done)
    return done;
  return describe_by_descriptor(at.entry, made.get());
}

expected<void> extractor::put_symlink(const target& at) {
  if (at.entry.link.empty() || at.entry.link.size() > symlink_bytes_max)
    return tar_.reject(error_code::archive_refused, "it is a symlink to an impossible path");
  if (auto free = make_room(at); !free)
    return tl::unexpected{free.error()};
  // Its target is the container's business; nothing here ever follows it.
  if (::symlinkat(at.entry.link.c_str(), at.parent, at.name.c_str()) != 0)
    return failed(errno, "create", at.entry);
  return describe_by_name(at);
}

expected<void> extractor::put_hard_link(const target& at) {
  auto other = clean_entry_name(at.entry.link);
  if (!other || other->empty() || *other == at.path || other->starts_with(at.path + '/'))
    return tar_.reject(error_code::archive_refused, "it is a hard link to " +
                                                        quoted_name(at.entry.link) +
                                                        ", which cannot be linked to");
  const auto [parent, name] = split_last(*other);
  const auto holder = open_beneath(root_, parent, O_PATH | O_DIRECTORY);
  if (!holder)
    return tar_.reject(error_code::archive_refused, "it is a hard link to " +
                                                        quoted_name(at.entry.link) +
                                                        ", whose directory cannot be reached");
  if (auto free = make_room(at); !free)
    return tl::unexpected{free.error()};
  const std::string component{name};
  if (::linkat(holder->get(), component.c_str(), at.parent, at.name.c_str(), 0) == 0)
    return {};
  if (errno == ENOENT || errno == EPERM)
    return tar_.reject(error_code::archive_refused, "it is a hard link to " +
                                                        quoted_name(at.entry.link) +
                                                        ", which is not there or a directory");
  return failed(errno, "link", at.entry);
}

expected<void> extractor::put_node(const target& at) {
  const auto& entry = at.entry;
  const bool is_device = entry.type != tar_type::fifo;
  if (entry.type == tar_type::character_device && entry.device_major == 0 &&
      entry.device_minor == 0)
    return tar_.reject(error_code::archive_refused, "it is a whiteout of an overlay file system");
  if (is_device && !policy_.allow_devices) {
    auto refused = tar_.reject(
        error_code::archive_refused,
        "it is a device, which only a container that is privileged or has CAP_MKNOD may have");
    refused.value().advice = policy_.device_advice;
    return refused;
  }
  if (auto free = make_room(at); !free)
    return tl::unexpected{free.error()};
  const mode_t kind = entry.type == tar_type::fifo               ? S_IFIFO
                      : entry.type == tar_type::character_device ? S_IFCHR
                                                                 : S_IFBLK;
  const dev_t device = is_device ? makedev(entry.device_major, entry.device_minor) : 0;
  if (::mknodat(at.parent, at.name.c_str(), kind | 0600, device) != 0)
    return failed(errno, "create", entry);
  return describe_by_name(at);
}

} // namespace floe
