#include "io/checkpoint/held_container.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/container/container_upkeep.hpp"
#include "io/container/root_filesystem.hpp"
#include "io/posix/file_tree.hpp"
#include "io/store/image_store.hpp"

namespace floe {

namespace {

constexpr size_t spec_bytes_max = size_t{16} << 20;

} // namespace

expected<held_container> hold_container(container_host& host, const std::string& name_or_id) {
  // Patiently: the cleanup that the monitor asked for when the container ended may be under way.
  auto locked = lock_container(host, name_or_id);
  if (!locked)
    return tl::unexpected{std::move(locked.error())};
  return held_container{std::move(locked->lock), std::move(locked->record)};
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
