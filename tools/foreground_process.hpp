// A program that stands for ours: it has our terminal, and signals that we are sent are its.
#pragma once

#include "io/posix/process.hpp"

namespace floe {

/// Runs it to its end and returns its exit status, 128 and the signal if one ended it. SIGHUP,
/// SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2 are passed on meanwhile; not those of the
/// terminal, which it has of its own. To be called on the main thread, without others that take
/// these signals. Errors: those of child_process.
expected<int> run_in_foreground(const process_request& request);

} // namespace floe
