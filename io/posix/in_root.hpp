// Paths of a container, on the host: every link is resolved as if the container's root were `/`, so
// that nothing leads out of it whatever the container made.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <string>
#include <sys/types.h>

namespace floe {

/// openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), with O_CLOEXEC. Empty with errno set if that
/// fails.
unique_fd open_in_root(const std::string& root_path, const std::string& path, int flags);

/// Where a path of the container is on the host. Errors: no_such_file (also for its parents),
/// io_failed.
expected<std::string> resolve_in_root(const std::string& root_path, const std::string& path);

/// Creates a directory and its missing parents, mode 0755; the last one gets the owner. An existing
/// directory stays as it is. Errors: io_failed, no_space.
expected<void> make_directories_in_root(const std::string& root_path, const std::string& path,
                                        uid_t uid, gid_t gid);

} // namespace floe
