#include "io/checkpoint/capture.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/container/root_filesystem.hpp"
#include "io/store/image_store.hpp"
#include "model/checkpoint_documents.hpp"

#include <sys/stat.h>

namespace floe {

namespace {

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

/// Relative to the bundle, as archives have it; empty for drivers without a file of their own.
std::string log_file_of(const container_config& config, const std::string& bundle) {
  const bool is_file = config.log_driver == "k8s-file" || config.log_driver == "json-file";
  const auto usual = in_bundle(bundle, "ctr.log");
  return is_file && config.log_path == usual && exists(usual) ? "ctr.log" : "";
}

expected<std::vector<captured_volume>> volumes_of(store& state, const container_config& config) {
  std::vector<captured_volume> volumes;
  for (const auto& mounted : config.volumes) {
    auto found = state.find_volume(mounted.name);
    if (!found)
      return tl::unexpected{std::move(found.error())};
    volumes.push_back({found->name, found->mount_point});
  }
  return volumes;
}

} // namespace

expected<archive_source> capture_sources(container_host& host, const container_record& record,
                                         const json& running_spec,
                                         const checkpoint_options& options,
                                         const std::string& images) {
  const auto& config = record.config;
  archive_source source;
  source.bundle = bundle_directory(host.settings(), config.id);
  source.images_directory = images;
  source.with_statistics = exists(in_bundle(source.bundle, "stats-dump"));
  source.log_file = log_file_of(config, source.bundle);
  source.shared_memory = config.shm_directory;
  std::string volume_root = podman_volume_root;
  if (config.rootfs.empty()) {
    auto image = find_image(host.state(), host.settings(), config.image_id);
    if (!image)
      return tl::unexpected{std::move(image.error())};
    if (!image->layers.empty())
      volume_root = volume_root_beside(image->layers.front());
    auto layers = root_layers(host.settings(), config, *image);
    if (!options.ignore_rootfs) {
      source.upper_directory = std::move(layers.upper);
      source.lower_directories = std::move(layers.lowers);
    }
  }
  if (!options.ignore_volumes) {
    auto volumes = volumes_of(host.state(), config);
    if (!volumes)
      return tl::unexpected{std::move(volumes.error())};
    source.volumes = std::move(*volumes);
  }
  source.config_dump = make_config_dump(config);
  source.spec_dump = make_spec_dump(running_spec, config, volume_root);
  return source;
}

} // namespace floe
