// Opens what lies below a directory, and nothing else: neither `..`, nor a symlink, nor a magic
// link of /proc leads outside, whatever somebody swaps in meanwhile.
#pragma once

#include "io/posix/unique_fd.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <fcntl.h>
#include <string>
#include <string_view>

namespace floe {

/// Whether a path may lead through mount points.
enum class mounts : uint8_t { cross, stay };

/// openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS), always with O_CLOEXEC.
/// \p path is relative and may be longer than PATH_MAX; empty or `.` is \p directory itself. The
/// error is an errno: ELOOP for a symlink on the way, EXDEV for what leads outside or, with
/// mounts::stay, into another mount. A symlink in the last place opens with O_PATH | O_NOFOLLOW.
tl::expected<unique_fd, int> open_beneath(int directory, std::string_view path, int flags,
                                          mode_t mode = 0, mounts policy = mounts::cross);

/// Where /proc shows a descriptor: how calls that take only paths reach what O_PATH opened.
std::string proc_path(int fd);

/// The target of a symlink that was opened with O_PATH | O_NOFOLLOW. The error is an errno.
tl::expected<std::string, int> read_link(int link);

/// A cleaned relative path as its parent and its last component: `a/b/c` is `a/b` and `c`, `c` is
/// empty and `c`.
struct split_path {
  std::string_view parent;
  std::string_view name;
};
split_path split_last(std::string_view path);

} // namespace floe
