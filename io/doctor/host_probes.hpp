// The single looks at a host that a report is made of.
#pragma once

#include "io/doctor/host_report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace floe {

// -- programs -----------------------------------------------------------------

host_finding probe_criu(const host_settings& settings);

/// Whether CRIU can follow which memory a process changes.
host_finding probe_memory_tracking(const host_settings& settings);

/// The runtime that containers get here, and which others there are.
host_finding probe_runtime(const host_settings& settings);

host_finding probe_monitor(const host_settings& settings);

/// Whether Podman is there, and where its containers are.
host_finding probe_podman(const host_settings& settings);

/// What CRIU calls to hold back packets while TCP connections are captured.
host_finding probe_packet_filter();

/// Whether CRIU keeps what it finds out about the kernel, which takes it tens of milliseconds: in
/// /run, if that is a tmpfs.
host_finding probe_criu_cache();

// -- kernel -------------------------------------------------------------------

host_finding probe_root();
host_finding probe_capabilities();
host_finding probe_cgroups();
host_finding probe_overlay();
host_finding probe_io_uring();

/// Whether a container can be frozen as late as when CRIU is ready for it (io/container/criu_gate).
host_finding probe_late_freeze();

/// Whether files in \p directory can share their blocks, tried with two files without a name.
host_finding probe_reflink(const std::string& directory);

// -- parsing, for tests ---------------------------------------------------------

/// The names of those capabilities in \p needed that the line `CapEff:` of a /proc/PID/status
/// lacks.
struct capability {
  unsigned number;
  std::string_view name;
};
std::vector<std::string> missing_capabilities(std::string_view status,
                                              const std::vector<capability>& needed);

/// Whether /proc/filesystems lists a file system.
bool lists_filesystem(std::string_view text, std::string_view name);

} // namespace floe
