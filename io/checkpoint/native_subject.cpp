#include "io/checkpoint/native_subject.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/checkpoint/container_end.hpp"
#include "io/checkpoint/held_container.hpp"
#include "io/checkpoint/resume_container.hpp"
#include "io/container/container_upkeep.hpp"
#include "io/container/root_filesystem.hpp"
#include "io/posix/mount.hpp"
#include "io/posix/small_file.hpp"
#include "io/store/image_store.hpp"
#include "model/checkpoint_documents.hpp"
#include "model/loopback_hook.hpp"

#include <csignal>
#include <utility>

namespace floe {

namespace {

expected<std::vector<captured_volume>> volumes_of(store& state, const container_config& config) {
  std::vector<captured_volume> volumes;
  for (const auto& mounted : config.volumes) {
    auto found = state.find_volume(mounted.name);
    if (!found)
      return tl::unexpected{std::move(found.error())};
    volumes.push_back({{found->name, found->labels, found->options}, found->mount_point});
  }
  return volumes;
}

class native_subject final : public checkpoint_subject {
 public:
  native_subject(container_host& host, held_container held, std::string bundle,
                 oci_runtime& runtime)
      : checkpoint_subject{std::move(held.record), std::move(bundle), runtime}, host_{host},
        lock_{std::move(held.lock)} {}

  container_source source() const override { return container_source::native; }

  expected<void> check(const checkpoint_options& options) override {
    if (!record_.config.dependencies.empty() && !options.export_path.empty())
      return fail(error_code::has_dependencies, name(),
                  "cannot export checkpoints of containers with dependencies",
                  "checkpoint it without an export");
    auto spec = read_running_spec(bundle_, name());
    if (!spec)
      return tl::unexpected{std::move(spec.error())};
    running_spec_ = without_loopback_hook(std::move(*spec));
    return {};
  }

  expected<archive_source> capture(const checkpoint_options& options,
                                   const std::string& images) override;

  expected<void> save_volatile_state(bool) override {
    const auto& shared = record_.config.shm_directory;
    if (shared.empty() || !is_mount_point(shared).value_or(false))
      return {};
    return save_shared_memory(shared, bundle_);
  }

  expected<void> kill_frozen() override {
    // SIGKILL waits for frozen processes and is the first thing they see when they are thawed.
    return runtime_->kill(id(), SIGKILL, true);
  }

  expected<void> end_checkpointed(const std::string& log_path) override {
    return floe::end_checkpointed(host_, record_, log_path);
  }

  expected<void> revive(bool tcp_established, bool file_locks) override;

  expected<void> remove_ended() override { return remove_everything(host_, record_, true); }

 private:
  container_host& host_;
  object_lock lock_;
  json running_spec_;
};

expected<archive_source> native_subject::capture(const checkpoint_options& options,
                                                 const std::string& images) {
  const auto& config = record_.config;
  archive_source source;
  source.bundle = bundle_;
  source.images_directory = images;
  source.log_file = archived_log_file(config, bundle_);
  source.shared_memory = config.shm_directory;
  std::string volume_root = podman_volume_root;
  if (config.rootfs.empty()) {
    auto image = find_image(host_.state(), host_.settings(), config.image_id);
    if (!image)
      return tl::unexpected{std::move(image.error())};
    if (!image->layers.empty())
      volume_root = volume_root_beside(image->layers.front());
    auto layers = root_layers(host_.settings(), config, *image);
    if (!options.ignore_rootfs) {
      source.upper_directory = std::move(layers.upper);
      source.lower_directories = std::move(layers.lowers);
    }
  }
  if (!options.ignore_volumes) {
    auto volumes = volumes_of(host_.state(), config);
    if (!volumes)
      return tl::unexpected{std::move(volumes.error())};
    source.volumes = std::move(*volumes);
  }
  source.config_dump = make_config_dump(config);
  source.spec_dump = make_spec_dump(running_spec_, config, volume_root);
  return source;
}

expected<void> native_subject::revive(bool tcp_established, bool file_locks) {
  if (auto forgotten = forget_processes(host_, record_); !forgotten)
    return forgotten;
  auto image = image_of(host_, record_.config);
  if (!image)
    return tl::unexpected{std::move(image.error())};
  if (auto mounted = mount_container(host_, record_, *image); !mounted)
    return mounted;
  resume_options options;
  options.tcp_established = tcp_established;
  options.file_locks = file_locks;
  return resume_container(host_, record_, options);
}

} // namespace

expected<std::unique_ptr<checkpoint_subject>> hold_native_subject(container_host& host,
                                                                  const std::string& name_or_id) {
  auto held = hold_container(host, name_or_id);
  if (!held)
    return tl::unexpected{std::move(held.error())};
  auto runtime = host.runtime(held->record.config.runtime);
  if (!runtime)
    return tl::unexpected{std::move(runtime.error())};
  auto bundle = bundle_directory(host.settings(), held->record.config.id);
  return std::make_unique<native_subject>(host, std::move(*held), std::move(bundle), **runtime);
}

} // namespace floe
