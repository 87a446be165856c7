#include "io/checkpoint/held_container.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/container/lifecycle.hpp"
#include "io/container/root_filesystem.hpp"
#include "io/posix/file_tree.hpp"
#include "io/store/image_store.hpp"

namespace floe {

namespace {

constexpr size_t spec_bytes_max = size_t{16} << 20;

} // namespace

expected<held_container> hold_container(container_host& host, const std::string& name_or_id) {
  // What the store says may be older than a crash, a reboot or the container's end.
  auto found = find_current(host, name_or_id);
  if (!found)
    return tl::unexpected{std::move(found.error())};
  auto lock = object_lock::acquire(host.settings().run_root, "container", found->config.id);
  if (!lock)
    return tl::unexpected{std::move(lock.error())};
  // Another process may have changed it before the lock was ours.
  auto current = host.state().find_container(found->config.id);
  if (!current)
    return tl::unexpected{std::move(current.error())};
  return held_container{std::move(*lock), std::move(*current)};
}

expected<json> read_running_spec(const std::string& bundle, const std::string& subject) {
  const auto path = in_bundle(bundle, "config.json");
  auto text = read_small_file(path, spec_bytes_max);
  if (!text)
    return tl::unexpected{std::move(text.error())};
  return parse_json(*text, subject + ": " + path);
}

expected<image_record> image_of(container_host& host, const container_config& config) {
  if (!config.rootfs.empty())
    return image_record{};
  return find_image(host.state(), host.settings(), config.image_id);
}

expected<void> mount_container(container_host& host, container_record& record,
                               const image_record& image) {
  auto merged = mount_root_filesystem(host.settings(), record.config, image);
  if (!merged)
    return tl::unexpected{std::move(merged.error())};
  if (auto mounted = mount_shared_memory(record.config); !mounted)
    return mounted;
  record.status.mounted = true;
  record.status.mount_point = *merged;
  return {};
}

bool is_alive(oci_runtime& runtime, const std::string& id) {
  const auto state = runtime.state(id);
  return state && (state->status == "running" || state->status == "paused");
}

} // namespace floe
