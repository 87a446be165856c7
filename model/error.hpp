// What can go wrong, as a value: a stable code, the thing concerned, the cause and what to do next.
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace floe {

/// Stable codes: their names (to_string) appear in JSON, their numbers on the wire. Never renumber.
enum class error_code : uint8_t {
  none = 0,
  usage = 1,            ///< the request contradicts itself or lacks something
  internal = 2,         ///< a bug in floe
  cancelled = 3,        ///< somebody asked to stop
  deadline_reached = 4, ///< the time given was over first
  timed_out = 5,        ///< a step took longer than its limit
  lost = 6,             ///< the actor that was doing it died
  no_such_container = 10,
  container_exists = 11,
  wrong_state = 12,      ///< the container's state does not allow the operation
  container_busy = 13,   ///< another process or job is working on it
  has_dependencies = 14, ///< other containers' namespaces or processes are needed
  auto_remove = 15,      ///< a --rm container cannot be checkpointed without an export
  ambiguous_name = 16,   ///< an id prefix that fits several things
  no_such_pod = 17,
  not_restorable = 18, ///< a checkpoint of it could not be restored by anybody
  no_such_volume = 20,
  volume_exists = 21,
  volume_in_use = 22,
  no_such_image = 30,
  image_exists = 31,
  image_in_use = 32,
  bad_image = 33, ///< not a rootfs, a rootfs tar or an OCI image
  not_root = 40,
  criu_missing = 41,
  criu_unusable = 42, ///< too old, or `criu check` fails
  runtime_missing = 43,
  runtime_unsupported = 44, ///< the OCI runtime cannot checkpoint or restore
  monitor_missing = 45,
  unsupported = 46, ///< the host lacks a feature, as memory tracking
  no_podman = 47,   ///< Podman is not installed
  target_exists = 50,
  target_unwritable = 51,
  no_space = 52,
  io_failed = 53,
  store_failed = 54, ///< floe's own database
  no_such_file = 55,
  database_damaged = 56,     ///< Podman's database contradicts itself
  database_unknown = 57,     ///< Podman's database has a version newer than what floe knows
  archive_unreadable = 60,   ///< cannot be opened or read
  archive_damaged = 61,      ///< truncated, or a digest or checksum does not match
  archive_foreign = 62,      ///< not a container checkpoint
  archive_refused = 63,      ///< hostile, or outside of policy
  archive_incompatible = 64, ///< made for another runtime, pod, version …
  dump_failed = 70,
  restore_failed = 71,
  runtime_failed = 72,
  freeze_failed = 73,
  no_checkpoint = 74,      ///< nothing to restore from in the container's bundle
  changed_while_read = 75, ///< a file changed under the export
};

/// The snake_case name of a code, as it appears in JSON. "unknown" for numbers that are no code.
std::string_view to_string(error_code code);

/// The code with this name, if there is one.
std::optional<error_code> error_code_from_string(std::string_view name);

struct error {
  error_code code = error_code::internal;
  std::string subject; ///< the thing concerned: `container web`, a path, an option
  std::string cause;   ///< what is wrong, without a full stop
  std::string advice;  ///< what the user can do next; may be empty

  friend bool operator==(const error&, const error&) = default;
};

/// One line for people: `container web: it is not running; start it first`.
std::string describe(const error& what);

template <class T>
using expected = tl::expected<T, error>;

/// An error as the value of a function that returns expected<T>.
tl::unexpected<error> fail(error_code code, std::string subject, std::string cause,
                           std::string advice = {});

} // namespace floe
