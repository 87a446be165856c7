#include "io/podman/podman_checkpoint.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "model/json_access.hpp"

#include <chrono>
#include <sys/stat.h>

namespace floe {

std::optional<time_point> podman_checkpoint_time(const podman_container& container) {
  if (!has_checkpoint(container.bundle))
    return std::nullopt;
  struct stat status {};
  const auto path = in_bundle(container.bundle, images_name) + "/inventory.img";
  if (::lstat(path.c_str(), &status) != 0)
    return std::nullopt;
  // Of one that came from an archive the time of its content is that of another container.
  const auto& there = status.st_ctim;
  const auto since_epoch =
      std::chrono::seconds{there.tv_sec} + std::chrono::nanoseconds{there.tv_nsec};
  return time_point{since_epoch};
}

bool can_resume(const podman_container& container) {
  const auto made = podman_checkpoint_time(container);
  const auto started = parse_time(container.status.started);
  return made && (!started || *started <= *made);
}

expected<std::vector<podman_volume>> volumes_in_memory(const podman_host& podman,
                                                       const podman_container& container) {
  std::vector<podman_volume> found;
  for (const auto& mounted : container.config.volumes) {
    auto volume = podman.volume(mounted.name);
    if (!volume)
      return tl::unexpected{std::move(volume.error())};
    const auto type = text_member(object_member(volume->document, "volumeOptions"), "type");
    if (type == "tmpfs" || type == "ramfs")
      found.push_back(std::move(*volume));
  }
  return found;
}

container_status status_with_checkpoint(const podman_container& container) {
  auto status = container.status;
  if (status.state != container_state::exited || !can_resume(container))
    return status;
  status.checkpointed = true;
  status.checkpointed_at = format_time(podman_checkpoint_time(container).value_or(time_point{}));
  status.checkpoint_path = in_bundle(container.bundle, images_name);
  return status;
}

} // namespace floe
