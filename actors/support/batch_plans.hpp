// Which containers a batch means, and where their archives go. Blocks; runs on workers.
#pragma once

#include "io/container/container_host.hpp"
#include "messages/engine.hpp"

#include <string>
#include <vector>

namespace floe {

/// A container that a request means.
struct checkpoint_target {
  std::string input; ///< what the user typed; with `--all` the full id
  std::string id;
  std::string name;
  container_source source;
  checkpoint_options options;      ///< with the path of its archive
  std::vector<std::string> owners; ///< ids of the containers in whose namespaces it is
};

/// Finds the containers of a request and the paths of their archives. With `all`, filters or a pod
/// only running ones. Errors: usage (contradictions, two containers with one archive),
/// no_such_container, no_such_pod, ambiguous_name, wrong_state (a pod of which nothing runs),
/// no_such_file (export directory), those of Podman's database.
expected<std::vector<checkpoint_target>> plan_checkpoints(container_host& host,
                                                          const checkpoint_containers& request);

/// What to restore by name.
struct restore_target {
  std::string input;
  std::string id;              ///< of the container; empty: a checkpoint image
  std::string name;            ///< likewise
  std::string image_directory; ///< of a checkpoint image; empty: a container with a checkpoint
  std::vector<std::string> owners{}; ///< as of a checkpoint_target
};

/// Finds what the names of a request mean, containers first, then checkpoint images; its archives
/// need no finding. With `all` only exited containers that have a checkpoint. Errors: usage (an
/// option that needs an archive, a name for several), no_such_container, no_checkpoint (an image
/// that is none), ambiguous_name, those of Podman's database.
expected<std::vector<restore_target>> plan_restores(container_host& host,
                                                    const restore_containers& request);

} // namespace floe
