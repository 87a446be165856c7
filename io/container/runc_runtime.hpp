// Drives runc, and crun, whose command line is the same in what floe uses (behaviours.md sections
// 15.1 and 15.4).
#pragma once

#include "io/container/criu_program.hpp"
#include "io/container/host_settings.hpp"
#include "io/container/oci_runtime.hpp"

namespace floe {

/// How an engine starts its runtime.
struct runtime_placement {
  std::string state_root; ///< where the runtime keeps its containers' state; empty: its default
  bool systemd_cgroup = false; ///< cgroups are made by systemd
};

/// The driver of the runtime at \p path, which need not be floe's own: nothing is created.
/// The path of \p criu may be empty.
std::unique_ptr<oci_runtime> make_placed_runtime(std::string path, runtime_placement placement,
                                                 criu_program criu);

/// Finds the program and makes its state directory. \p criu is what the runtime finds; its path may
/// be empty. Errors: runtime_missing, io_failed.
expected<std::unique_ptr<oci_runtime>> make_runc_runtime(const std::string& name_or_path,
                                                         const host_settings& settings,
                                                         const criu_program& criu);

/// The environment of a runtime and of its monitor: PATH with CRIU's directory first, and little
/// else. \p criu_path may be empty.
std::vector<std::string> runtime_environment(const std::string& criu_path);

/// Options that stand before the runtime's verb, where the runtime is started by the monitor too.
std::vector<std::string> runtime_global_options(const oci_runtime& runtime,
                                                const host_settings& settings,
                                                const std::string& log_path);

/// The first `Error` line of a CRIU log, without its time; empty if there is none.
std::string first_criu_error(const std::string& log_path);

} // namespace floe
