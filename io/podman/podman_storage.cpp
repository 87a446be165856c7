#include "io/podman/podman_storage.hpp"

#include "io/posix/file_tree.hpp"
#include "io/store/containers_storage.hpp"
#include "model/json_access.hpp"
#include "model/names.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

namespace floe {

namespace {

constexpr size_t list_bytes_max = size_t{256} << 20;
constexpr size_t lower_bytes_max = size_t{64} << 10;
constexpr size_t layers_max = 500; ///< what overlayfs stacks at most

constexpr const char* advice = "see whether `podman mount` can read it";

/// The id of the container's layer, from one of the lists; nothing if it is not in there. They are
/// replaced by rename whenever they change, so they can be read without a lock.
expected<std::optional<std::string>> layer_in(const std::string& path, const std::string& id) {
  auto text = read_small_file(path, list_bytes_max);
  if (!text && text.error().code == error_code::no_such_file)
    return std::nullopt;
  if (!text)
    return tl::unexpected{text.error()};
  auto list = parse_json(*text, path, {list_bytes_max, 64});
  if (!list || !list->is_array())
    return fail(error_code::database_damaged, path, "it is not a list of the containers-storage",
                advice);
  for (const auto& container : *list) {
    if (text_member(container, "id") != id)
      continue;
    auto layer = text_member(container, "layer");
    if (!is_id(layer))
      return fail(error_code::database_damaged, path, "the layer of " + id + " is no id", advice);
    return layer;
  }
  return std::nullopt;
}

expected<std::string> layer_of(const podman_settings& settings, const std::string& id) {
  const auto directory = "/" + settings.graph_driver + "-containers/";
  // The second list has `--rm` containers; with a transient store it is in the run root.
  for (const auto& path : {settings.graph_root + directory + "containers.json",
                           settings.graph_root + directory + "volatile-containers.json",
                           settings.run_root + directory + "volatile-containers.json"}) {
    auto layer = layer_in(path, id);
    if (!layer)
      return tl::unexpected{layer.error()};
    if (*layer)
      return std::move(**layer);
  }
  return fail(error_code::no_such_container, "container " + id.substr(0, 12),
              "the storage of Podman does not have its root filesystem",
              "containers that were made with --rootfs have none there");
}

/// The directory that a short name in a `lower` file means: `l/NAME` is a link to `../LAYER/diff`
/// in the storage that has the layer.
std::string resolve(const std::string& name, const std::vector<std::string>& roots) {
  const std::string_view text{name};
  if (!text.starts_with("l/") || !is_name(text.substr(2)))
    return {};
  for (const auto& root : roots) {
    std::error_code failed;
    const auto target = std::filesystem::read_symlink(root + "/overlay/" + name, failed).string();
    if (failed)
      continue;
    const std::string_view link{target};
    constexpr std::string_view before = "../";
    constexpr std::string_view after = "/diff";
    if (!link.starts_with(before) || !link.ends_with(after) ||
        !is_id(link.substr(before.size(), link.size() - before.size() - after.size())))
      return {};
    return root + "/overlay/" + target.substr(before.size());
  }
  return {};
}

expected<std::vector<std::string>> lowers_of(const podman_settings& settings,
                                             const std::string& layer) {
  const auto path = settings.graph_root + "/overlay/" + layer + "/lower";
  auto text = read_small_file(path, lower_bytes_max);
  if (!text && text.error().code == error_code::no_such_file)
    return std::vector<std::string>{}; // a container without an image
  if (!text)
    return tl::unexpected{text.error()};
  std::vector<std::string> roots{settings.graph_root};
  // Images may be in further, read-only stores; what is wrong with their list says resolve().
  if (auto configured = containers_storage_roots())
    roots.insert(roots.end(), configured->begin(), configured->end());
  std::vector<std::string> lowers;
  std::string_view rest{*text};
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    auto directory = resolve(std::string{rest.substr(0, end)}, roots);
    std::error_code ignored;
    if (lowers.size() == layers_max || !std::filesystem::is_directory(directory, ignored))
      return fail(error_code::database_damaged, path,
                  "it names a layer that is not there: " + std::string{rest.substr(0, end)},
                  advice);
    lowers.push_back(std::move(directory));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lowers;
}

} // namespace

expected<podman_layers> podman_container_layers(const podman_settings& settings,
                                                const std::string& container_id) {
  const auto subject = "container " + container_id.substr(0, 12);
  if (settings.graph_driver != "overlay")
    return fail(error_code::unsupported, subject,
                "Podman's storage is of the driver " + settings.graph_driver,
                "floe needs the driver overlay");
  const auto layer = layer_of(settings, container_id);
  if (!layer)
    return tl::unexpected{layer.error()};
  const auto directory = settings.graph_root + "/overlay/" + *layer;
  podman_layers layers{directory + "/diff", directory + "/merged", {}};
  std::error_code ignored;
  if (!std::filesystem::is_directory(layers.upper, ignored))
    return fail(error_code::database_damaged, layers.upper, "the layer is not there", advice);
  auto lowers = lowers_of(settings, *layer);
  if (!lowers)
    return tl::unexpected{lowers.error()};
  layers.lowers = std::move(*lowers);
  return layers;
}

} // namespace floe
