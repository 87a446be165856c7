// Why a command did not come to run in a container: its runtime exits with 255 whatever it was, as
// the command itself might, and only its log tells.
#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace floe {

enum class exec_refusal : uint8_t {
  not_found,      ///< the container has no such program
  not_executable, ///< it has, but may not or cannot run it
  other,          ///< nothing to do with the program
};

struct exec_failure {
  exec_refusal what = exec_refusal::other;
  error why;
};

/// \p arguments, a runtime's command line, with its log at \p path. runc and crun take the same
/// options.
std::vector<std::string> with_runtime_log(std::vector<std::string> arguments,
                                          const std::string& path);

/// Nothing if the log says of no failure: what was run has ended then. \p subject names the
/// container. Told apart by the message, as Podman does it.
std::optional<exec_failure> exec_failure_in(std::string_view log, const std::string& subject);

} // namespace floe
