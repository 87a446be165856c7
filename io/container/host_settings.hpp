// Where native containers live and which programs run them.
#pragma once

#include "io/podman/podman_settings.hpp"

#include <string>
#include <vector>

namespace floe {

struct host_settings {
  std::string root = "/var/lib/floe"; ///< `--root`, FLOE_ROOT: what survives a reboot
  std::string run_root = "/run/floe"; ///< `--runroot`, FLOE_RUNROOT: locks, pid files, mounts
  std::string runtime = "runc";       ///< `--runtime`, FLOE_RUNTIME: a name or a path
  /// Whether the command line names it: no container is restored with another one then.
  bool runtime_is_demanded = false;
  std::string monitor = "conmon"; ///< `--conmon`, FLOE_CONMON
  std::string criu; ///< `--criu`, FLOE_CRIU; empty: /opt/floe/criu/bin/criu, then PATH
  /// Of the images that Podman and others keep on this host; empty: CONTAINERS_STORAGE_CONF, then
  /// /etc/containers/storage.conf.
  std::string storage_configuration;
  podman_overrides podman; ///< where the containers of Podman are found
  std::string floe;        ///< path of this program, for the monitor's exit command
  /// Whether an engine first finishes or undoes what processes that died had begun.
  bool recovers = true;
};

/// `ROOT/containers/ID`: the bundle, with config.json, the images, logs and shm.
std::string bundle_directory(const host_settings& settings, const std::string& id);
/// `RUNROOT/containers/ID`: pid files, generated /etc files, the runtime's log.
std::string run_directory(const host_settings& settings, const std::string& id);
/// `RUNROOT/runtime/NAME`: where a runtime keeps its containers' state.
std::string runtime_state_directory(const host_settings& settings, const std::string& runtime);
/// `RUNROOT/exits`: the monitor writes a container's exit code to a file named by its id.
std::string exit_directory(const host_settings& settings);
/// `ROOT/volumes/NAME/_data`.
std::string volume_directory(const host_settings& settings, const std::string& name);

} // namespace floe
