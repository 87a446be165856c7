// Waits until a file appears.
#pragma once

#include <chrono>
#include <string>

namespace floe {

/// True as soon as \p path exists. False when \p limit is over, or when the process behind
/// \p writer_pidfd, which is to write it, has ended without; -1: nobody is watched.
bool await_file(const std::string& path, int writer_pidfd, std::chrono::milliseconds limit);

} // namespace floe
