// Whiteouts of OCI image layers, which become those of overlayfs: a character device 0:0 for what
// is gone, and an attribute for a directory that hides everything below it. Whiteouts speak of the
// layers below only, whatever the order of the entries in their own.
#include "io/archive/extractor.hpp"
#include "io/posix/system_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

namespace floe {

namespace {

constexpr std::string_view whiteout_prefix = ".wh.";
constexpr std::string_view opaque_name = ".wh..wh..opq";

/// What aufs kept for itself in layers of long ago.
constexpr std::string_view housekeeping_prefix = ".wh..wh.";

bool is_overlay_whiteout(const struct stat& found) {
  return S_ISCHR(found.st_mode) && found.st_rdev == makedev(0, 0);
}

} // namespace

bool extractor::is_whiteout(const target& at) const {
  return policy_.whiteouts == whiteout_mode::oci && at.name.starts_with(whiteout_prefix);
}

expected<void> extractor::put_whiteout(const target& at) {
  if (at.name == opaque_name)
    return hide_lower(at.parent);
  if (at.name.starts_with(housekeeping_prefix))
    return {};
  const auto hidden = at.name.substr(whiteout_prefix.size());
  if (hidden.empty() || hidden == "." || hidden == "..")
    return tar_.reject(error_code::archive_refused, "it is a whiteout of no possible name");
  struct stat found {};
  if (::fstatat(at.parent, hidden.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
    // This layer has something there itself, which hides what is below, if it is no directory.
    if (!S_ISDIR(found.st_mode))
      return {};
    const unique_fd directory{
        ::openat(at.parent, hidden.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    return directory ? hide_lower(directory.get()) : failed(errno, "open", at.entry);
  }
  if (errno != ENOENT)
    return failed(errno, "look at", at.entry);
  if (::mknodat(at.parent, hidden.c_str(), S_IFCHR, makedev(0, 0)) != 0)
    return failed(errno, "create", at.entry);
  return {};
}

/// Whether a whiteout came before the directory that takes its place.
expected<bool> extractor::hides_lower_directory(const target& at) {
  if (policy_.whiteouts != whiteout_mode::oci)
    return false;
  struct stat found {};
  if (::fstatat(at.parent, at.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT ? expected<bool>{false} : failed(errno, "look at", at.entry);
  return is_overlay_whiteout(found);
}

expected<void> extractor::hide_lower(int directory) {
  const auto proc_path = fmt::format("/proc/self/fd/{}", directory);
  if (::setxattr(proc_path.c_str(), "trusted.overlay.opaque", "y", 1, 0) != 0)
    return system_failure(errno, subject_, "mark a directory as opaque");
  return {};
}

} // namespace floe
