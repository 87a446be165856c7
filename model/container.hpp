// What a container is: the configuration it was created with, and where it is in its life.
#pragma once

#include "model/error.hpp"
#include "model/json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace floe {

using time_point = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Who created and runs a container.
enum class container_source : uint8_t {
  native = 0, ///< floe itself
  podman = 1, ///< Podman; adopted as it is
};

std::string_view to_string(container_source source);

/// libpod's states with libpod's numbers (behaviours.md, beginning).
enum class container_state : uint8_t {
  unknown = 0,
  configured = 1,
  created = 2,
  running = 3,
  stopped = 4,
  paused = 5,
  exited = 6,
  removing = 7,
  stopping = 8,
};

/// As Podman shows it to users: "created" for configured, "initialized" for created.
std::string_view to_string(container_state state);

struct named_volume {
  std::string name;
  std::string destination;
  std::vector<std::string> options;
  bool anonymous = false;
};

/// A container's configuration: what floe uses as members, everything else in \p rest. to_json
/// gives libpod's document (behaviours.md section 19.4), which is also config.dump.
struct container_config {
  std::string id; ///< 64 hex digits
  std::string name;
  std::string image_id;
  std::string image_name;
  std::string rootfs; ///< an external root filesystem; empty with an image
  std::string runtime = "runc";
  std::string created; ///< RFC 3339 with nanoseconds
  std::string user;
  std::string stop_signal_name;
  uint32_t stop_signal = 15;
  uint32_t stop_timeout = 10; ///< seconds
  uint64_t shm_size = 65'536'000;
  std::string shm_directory; ///< on this host; empty: /dev/shm is not ours (host ipc, or a mount of
                             ///< the user)
  std::string log_path;
  std::string log_driver = "k8s-file";
  std::string network_mode; ///< none or host; empty: none
  std::string pod;
  bool privileged = false;
  bool stdin_open = false;
  bool create_net_namespace = false; ///< createNetNS: networks managed by the engine
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<named_volume> volumes;
  std::vector<std::string>
      dependencies;           ///< ids of containers whose namespaces or processes are needed
  json spec = json::object(); ///< the OCI specification as created, without what the runtime
                              ///< environment adds
  json rest = json::object(); ///< keys that floe does not know, kept untouched

  /// True for `--rm` containers: the annotation io.podman.annotations.autoremove is TRUE.
  bool auto_remove() const;
};

json to_json(const container_config& config);

/// Reads libpod's document. Errors: archive_refused for wrong types, bad ids and names; \p subject
/// names the document.
expected<container_config> container_config_from_json(const json& document, std::string subject);

/// Where a container is in its life. Kept in the store.
struct container_status {
  container_state state = container_state::configured;
  int32_t pid = 0;
  int32_t monitor_pid = 0;
  int32_t exit_code = 0;
  std::string started; ///< RFC 3339; empty: never
  std::string finished;
  bool oom_killed = false;
  bool mounted = false; ///< its root filesystem is mounted
  std::string mount_point;
  bool checkpointed = false;
  std::string checkpointed_at;
  bool restored = false;
  std::string restored_at;
  std::string checkpoint_path; ///< directory of the images while they are kept
  std::string checkpoint_log;
  std::string restore_log;
  std::vector<std::pair<std::string, std::string>>
      bind_mounts; ///< destination → host source, made by the engine
};

json to_json(const container_status& status);
expected<container_status> container_status_from_json(const json& document, std::string subject);

/// RFC 3339 in UTC with nanoseconds, as libpod writes times.
std::string format_time(time_point time);

/// Reads RFC 3339 with any zone. Times that nanoseconds cannot express, as Go's zero time of year
/// 1, are the epoch. Nothing for other texts.
std::optional<time_point> parse_time(std::string_view text);

} // namespace floe
