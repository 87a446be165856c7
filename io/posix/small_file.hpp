// Writes small files of our own whole or not at all.
#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>

namespace floe {

/// Replaces \p path by a new file with exactly this content and mode, whatever was there: a reader
/// sees the old one or the new one, and a symlink there is replaced, not followed. Not synced: for
/// what is made again after a crash. Errors: io_failed, no_space.
expected<void> write_file(const std::string& path, std::string_view text, mode_t mode);

} // namespace floe
