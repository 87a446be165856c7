#include "io/store/image_store.hpp"

#include "io/store/containers_storage.hpp"
#include "io/store/image_import.hpp"

#include <algorithm>
#include <optional>

namespace floe {

namespace {

tl::unexpected<error> no_such_image(const std::string& name) {
  return fail(error_code::no_such_image, "image " + name, "there is no such image",
              "`floe image ls` lists them, `floe image import` makes one");
}

bool has_name(const image_record& image, const std::string& name) {
  return std::ranges::find(image.names, name) != image.names.end();
}

/// Ids may be given as Podman shows them too: `sha256:…`.
std::string_view without_algorithm(std::string_view id) {
  constexpr std::string_view algorithm = "sha256:";
  if (id.starts_with(algorithm))
    id.remove_prefix(algorithm.size());
  return id;
}

/// By a name, or else by an id or the beginning of one. Nothing if there is none.
expected<std::optional<image_record>> pick(const std::vector<image_record>& images,
                                           const std::string& wanted) {
  auto names = image_name_candidates(wanted);
  names.insert(names.begin(), wanted);
  for (const auto& name : names)
    for (const auto& image : images)
      if (has_name(image, name))
        return image;
  const auto prefix = without_algorithm(wanted);
  std::optional<image_record> found;
  for (const auto& image : images) {
    if (prefix.empty() || !image.id.starts_with(prefix))
      continue;
    if (found && found->id != image.id)
      return fail(error_code::ambiguous_name, "image " + wanted,
                  "several images have ids that begin so", "give more of the id, or a name");
    found = image;
  }
  return found;
}

expected<std::vector<image_record>> host_images(const host_settings& settings) {
  auto roots = containers_storage_roots(settings.storage_configuration);
  if (!roots)
    return tl::unexpected{roots.error()};
  std::vector<image_record> all;
  for (const auto& root : *roots) {
    auto images = containers_storage_images(root);
    if (!images)
      return images;
    all.insert(all.end(), images->begin(), images->end());
  }
  return all;
}

} // namespace

expected<image_record> import_image(store& state, const host_settings& settings,
                                    const std::string& path, const std::string& name,
                                    const std::stop_token& stop) {
  auto full_name = normalise_image_name(name);
  if (!full_name)
    return tl::unexpected{full_name.error()};
  const auto held = images_lock::acquire(settings);
  if (!held)
    return tl::unexpected{held.error()};
  auto record = import_layers(settings, path, stop);
  if (record) {
    record->names = {*full_name};
    if (auto added = state.add_image(*record, true); !added)
      record = tl::unexpected{added.error()};
  }
  if (record)
    return record;
  // The layers that were complete before something failed belong to nobody. Should this fail too,
  // the next removal of an image takes them away.
  static_cast<void>(remove_unused_layers(state, settings));
  return record;
}

expected<image_record> find_image(store& state, const host_settings& settings,
                                  const std::string& name_or_id) {
  auto own = state.images();
  if (!own)
    return tl::unexpected{own.error()};
  auto found = pick(*own, name_or_id);
  if (!found)
    return tl::unexpected{found.error()};
  if (*found)
    return **found;
  auto others = host_images(settings);
  if (!others)
    return tl::unexpected{others.error()};
  found = pick(*others, name_or_id);
  if (!found)
    return tl::unexpected{found.error()};
  return *found ? expected<image_record>{**found} : no_such_image(name_or_id);
}

expected<std::vector<image_record>> list_images(store& state, const host_settings& settings) {
  auto images = state.images();
  if (!images)
    return images;
  auto others = host_images(settings);
  if (!others)
    return others;
  images->insert(images->end(), others->begin(), others->end());
  return images;
}

expected<void> remove_image(store& state, const host_settings& settings,
                            const std::string& name_or_id, bool force) {
  const auto held = images_lock::acquire(settings);
  if (!held)
    return tl::unexpected{held.error()};
  auto own = state.images();
  if (!own)
    return tl::unexpected{own.error()};
  auto found = pick(*own, name_or_id);
  if (!found)
    return tl::unexpected{found.error()};
  if (!*found) {
    const auto other = find_image(state, settings, name_or_id);
    if (!other)
      return tl::unexpected{other.error()};
    return fail(error_code::usage, "image " + name_or_id,
                "it belongs to the host's containers-storage, which floe only reads",
                "remove it with Podman");
  }
  const auto& image = **found;
  if (image.names.size() > 1)
    for (const auto& name : image_name_candidates(name_or_id))
      if (has_name(image, name))
        return state.remove_image_name(name);
  if (auto removed = state.remove_image(image.id, !force); !removed)
    return removed;
  return remove_unused_layers(state, settings);
}

} // namespace floe
