// The Podman of this host, as a program: found, and called with arguments, a time limit and a CRIU
// that works.
#pragma once

#include "io/posix/process.hpp"
#include "model/error.hpp"

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

struct podman_program {
  std::string path;
  std::vector<std::string> global_arguments; ///< before the command, as `--root DIRECTORY`
};

/// What a call of Podman that only looks or changes a record may take.
inline constexpr std::chrono::seconds podman_call_limit{120};

/// A call of Podman whose output and errors are captured, in a session of its own: Ctrl-C is ours
/// to pass on. \p criu_path, which may be empty, comes first in its PATH: Podman and the runtime
/// look for `criu` there.
process_request podman_request(const podman_program& podman, std::vector<std::string> arguments,
                               const std::string& criu_path = {});

/// Runs it to its end, whatever that is. Errors: no_podman, io_failed, timed_out, cancelled.
expected<process_result> try_podman(const podman_program& podman,
                                    std::vector<std::string> arguments,
                                    const std::stop_token& stop = {});

/// The same for a call that has to succeed; what it wrote to stdout. Errors: also \p code with
/// Podman's own message and \p subject.
expected<std::string> call_podman(const podman_program& podman, std::vector<std::string> arguments,
                                  const std::string& subject, error_code code,
                                  const std::stop_token& stop = {});

/// What a call that has to succeed wrote to stdout. \p limit is what it was given. Errors: as
/// call_podman.
expected<std::string> podman_output(expected<process_result> ended, const std::string& subject,
                                    error_code code, std::chrono::milliseconds limit);

/// What Podman says is wrong, without its `Error: `.
std::string podman_message(const process_result& result);

} // namespace floe
