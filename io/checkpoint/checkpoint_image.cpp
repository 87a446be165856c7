#include "io/checkpoint/checkpoint_image.hpp"

#include "io/store/image_store.hpp"

#include <filesystem>

namespace floe {

namespace {

/// What tells a checkpoint image for Podman is an annotation; what tells one for us is what a
/// restore needs, so that it does not matter which program made it.
bool holds_checkpoint(const image_record& image) {
  std::error_code unknown;
  return image.layers.size() == 1 &&
         std::filesystem::is_regular_file(image.layers.front() + "/config.dump", unknown) &&
         std::filesystem::is_regular_file(image.layers.front() + "/spec.dump", unknown);
}

} // namespace

expected<std::string> find_checkpoint_image(container_host& host, const std::string& name_or_id) {
  auto image = find_image(host.state(), host.settings(), name_or_id);
  if (!image)
    return tl::unexpected{std::move(image.error())};
  if (!holds_checkpoint(*image))
    return fail(error_code::no_checkpoint, "image " + name_or_id,
                "image is not a checkpoint: " + image->id,
                "name a container, an archive, or an image that `podman container checkpoint "
                "--create-image` made");
  return image->layers.front();
}

} // namespace floe
