// Directories as a whole: made with the right mode, renamed durably, removed without following what
// is in them.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace floe {

/// Opens a directory, as O_RDONLY | O_DIRECTORY | O_NOFOLLOW. Errors: no_such_file, io_failed.
expected<unique_fd> open_directory(const std::string& path);

/// Creates \p path and its missing parents, all with \p mode whatever the umask says. Existing
/// directories stay as they are.
expected<void> make_directories(const std::string& path, mode_t mode = 0700);

/// Names of the entries of a directory, sorted, without `.` and `..`. A directory that does not
/// exist has none.
expected<std::vector<std::string>> list_directory(const std::string& path);

/// Removes a file, or a directory with everything below, however deep. Symlinks are removed, not
/// followed. Refuses to enter a mount point. What does not exist is no error.
expected<void> remove_tree(const std::string& path);

/// Renames without replacing: target_exists if \p to is there. Both directories are synced after.
expected<void> rename_new(const std::string& from, const std::string& to);

/// Makes the entries of a directory durable.
expected<void> sync_directory(const std::string& path);

/// Reads a small file, at most \p bytes_max. Errors: no_such_file, archive_refused (larger).
expected<std::string> read_small_file(const std::string& path, size_t bytes_max);

/// Bytes that the files below occupy on disk, each inode counted once.
expected<uint64_t> disk_usage(const std::string& path);

} // namespace floe
