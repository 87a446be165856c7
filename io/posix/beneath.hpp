// Opens what lies below a directory, and nothing else: neither `..`, nor a symlink, nor a magic
// link of /proc leads outside, whatever somebody swaps in meanwhile.
#pragma once

#include "io/posix/unique_fd.hpp"

#include <tl/expected.hpp>

#include <fcntl.h>
#include <string>
#include <string_view>

namespace floe {

/// openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS), always with O_CLOEXEC.
/// \p path is relative and may be longer than PATH_MAX; empty or `.` is \p directory itself. The
/// error is an errno: ELOOP for a symlink on the way, EXDEV for what leads outside.
tl::expected<unique_fd, int> open_beneath(int directory, std::string_view path, int flags,
                                          mode_t mode = 0);

/// A cleaned relative path as its parent and its last component: `a/b/c` is `a/b` and `c`, `c` is
/// empty and `c`.
struct split_path {
  std::string_view parent;
  std::string_view name;
};
split_path split_last(std::string_view path);

} // namespace floe
