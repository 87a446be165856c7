// Takes back a restore by Podman that did not come to its end, whether our process is still there
// or died.
#pragma once

#include "io/podman/podman_program.hpp"
#include "model/container.hpp"
#include "model/json.hpp"

#include <string>
#include <vector>

namespace floe {

/// The operation's name in the journal.
inline constexpr const char* podman_restore_operation = "restore to podman";

/// A volume whose driver mounts something, held mounted so that floe can fill it.
struct held_volume {
  std::string name;
  std::string directory;  ///< where it is mounted; empty: it was about to be
  bool was_empty = false; ///< what is in there is ours
};

/// What is known of the restore.
struct unfinished_podman_restore {
  podman_program podman;
  std::string id;                    ///< of the container, which was not there before
  std::string stage;                 ///< our directory in Podman's storage; may be empty
  std::string stage_parent;          ///< where it is, or was about to be made
  std::string fifo;                  ///< where Podman may wait for us; may be empty
  std::vector<std::string> volumes;  ///< made for it
  std::vector<std::string> deferred; ///< Podman makes them with the container
  time_point deferred_since{};       ///< older ones of these names are somebody else's
  std::vector<held_volume> held;     ///< those of them that are mounted for us
};

json to_json(const unfinished_podman_restore& what);
unfinished_podman_restore unfinished_podman_restore_from_json(const json& details);

/// The archive in the stage that Podman is given: no other process has its path on its command
/// line.
std::string hand_over_path(const std::string& stage);

/// Removes the container if there is a trace of it, the volumes that were made and the directory.
/// What was unpacked into a directory that a volume mounts is removed too, unless another container
/// has that volume by now. Errors: of the last thing that could not be undone; all is tried.
expected<void> undo_podman_restore(const unfinished_podman_restore& what);

/// After the death of the process: a Podman that it left behind is sent away from the gate and
/// waited for; a container that runs then was restored completely and stays, else everything is
/// undone. Returns what was done, for people. Errors: as undo_podman_restore.
expected<std::string> recover_podman_restore(const unfinished_podman_restore& what);

} // namespace floe
