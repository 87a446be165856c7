// The life of a native container, one function per step. Each blocks, takes the container's lock
// for its duration, and leaves a state that the store knows. Containers are meant by name, id or
// unambiguous id prefix; every function may fail with no_such_container, ambiguous_name,
// container_busy (somebody else works on it for longer than a few seconds) and store_failed besides
// what it says.
#pragma once

#include "io/container/container_host.hpp"
#include "model/create_options.hpp"
#include "model/json.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// Makes a container and its volumes. Errors: usage, unsupported, container_exists, no_such_image,
/// no_such_file (an external rootfs), runtime_missing.
expected<container_record> create_container(container_host& host, const create_options& options);

/// Starts a container that does not run. What a checkpoint left in its bundle stays, but counts no
/// more. Errors: wrong_state, usage (its user or working directory does not exist), runtime_failed,
/// monitor_missing, timed_out.
expected<container_record> start_container(container_host& host, const std::string& name);

/// Sends the stop signal, SIGKILL after \p timeout_seconds (default: the container's own), and
/// waits for the end. One that does not run is no error. Errors: wrong_state (paused),
/// runtime_failed, timed_out, cancelled.
expected<container_record> stop_container(container_host& host, const std::string& name,
                                          std::optional<uint32_t> timeout_seconds = {},
                                          const std::stop_token& stop = {});

/// Errors: wrong_state, runtime_failed.
expected<container_record> kill_container(container_host& host, const std::string& name,
                                          int signal);

struct remove_request {
  bool force = false;   ///< also one that runs
  bool volumes = false; ///< its anonymous volumes too
};

/// Returns what was removed. Errors: wrong_state, runtime_failed, io_failed.
expected<container_record> remove_container(container_host& host, const std::string& name,
                                            const remove_request& request = {});

/// Errors: wrong_state, runtime_failed.
expected<container_record> pause_container(container_host& host, const std::string& name);
expected<container_record> unpause_container(container_host& host, const std::string& name);

/// What the monitor asks for when the container has ended: the exit code is recorded, the runtime's
/// state deleted, mounts taken away, and a `--rm` container removed. Waits for the lock as long as
/// it takes. Harmless while it runs, or when it is gone or cleaned up.
expected<void> cleanup_container(container_host& host, const std::string& id);

/// The container as it really is: after a crash or reboot what the store says is brought in line.
expected<container_record> find_current(container_host& host, const std::string& name);

struct exec_request {
  bool interactive = false;
  bool terminal = false;
  std::string user;
  std::string working_directory;
  std::vector<std::string> environment;
  std::vector<std::string> command;
};

/// The command line that runs a process in a running container. Errors: usage, wrong_state.
expected<std::vector<std::string>> exec_arguments(container_host& host, const std::string& name,
                                                  const exec_request& request);

/// The object of `inspect`, with Podman's keys.
expected<json> inspect_container(container_host& host, const std::string& name);

/// An array for `ps`, in order of creation. \p filters as model/container_filter.hpp has them; with
/// \p all also those that do not run. Errors: usage, store_failed.
expected<json> list_containers(container_host& host, bool all,
                               const std::vector<std::string>& filters = {});

/// `{"path": …, "driver": …}`.
expected<json> container_log(container_host& host, const std::string& name);

/// `{"ExitCode": …}` of a container that has ended, also of a `--rm` container that is gone for not
/// more than some minutes (by its full id). Errors: wrong_state if it runs.
expected<json> container_exit_code(container_host& host, const std::string& name);

} // namespace floe
