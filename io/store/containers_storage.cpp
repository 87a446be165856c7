// The lists are replaced by rename whenever they change, so they can be read without a lock; the
// layers' lock may be held for as long as somebody pulls an image.
#include "io/store/containers_storage.hpp"

#include "io/posix/file_tree.hpp"
#include "model/names.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <toml++/toml.h>

namespace floe {

namespace {

constexpr const char* default_configuration = "/etc/containers/storage.conf";
constexpr const char* default_root = "/var/lib/containers/storage";
constexpr size_t configuration_bytes_max = size_t{1} << 20;
constexpr size_t list_bytes_max = size_t{256} << 20;
constexpr size_t layers_max = 500; ///< what overlayfs stacks at most

struct stored_layer {
  std::string parent;
  uint64_t size = 0;
};
using layer_map = std::map<std::string, stored_layer>;

std::string text_at(const json& document, const char* key) {
  const auto found = document.find(key);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// File names for keys that have more than `a-z`, `0-9` and `.` in them: `=` and base64.
std::string big_data_name(const std::string& key) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  std::string encoded(4 * ((key.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), bytes,
                                   static_cast<int>(key.size()));
  encoded.resize(static_cast<size_t>(size));
  return "=" + encoded;
}

/// A list of objects; a file that does not exist is an empty one.
expected<json> read_list(const std::string& path) {
  auto text = read_small_file(path, list_bytes_max);
  if (!text && text.error().code == error_code::no_such_file)
    return json::array();
  if (!text)
    return tl::unexpected{text.error()};
  auto list = parse_json(*text, path, {list_bytes_max, 64});
  if (!list || !list->is_array() ||
      !std::ranges::all_of(*list, [](const json& item) { return item.is_object(); }))
    return fail(error_code::bad_image, path, "it is not a list of the containers-storage",
                "see whether `podman images` can read it");
  return list;
}

expected<layer_map> read_layers(const std::string& root) {
  layer_map layers;
  for (const auto* name : {"layers.json", "volatile-layers.json"}) {
    auto list = read_list(root + "/overlay-layers/" + name);
    if (!list)
      return tl::unexpected{list.error()};
    for (const auto& layer : *list) {
      const auto id = text_at(layer, "id");
      if (!is_id(id))
        continue;
      const auto found = layer.find("diff-size");
      const bool sized = found != layer.end() && found->is_number_integer();
      const auto size = sized ? std::max<int64_t>(found->get<int64_t>(), 0) : 0;
      layers[id] = {text_at(layer, "parent"), static_cast<uint64_t>(size)};
    }
  }
  return layers;
}

/// Puts the chain of layers into the record. False if a part of it is missing.
bool add_layers(const std::string& root, const layer_map& layers, std::string id,
                image_record& into) {
  while (!id.empty()) {
    const auto layer = layers.find(id);
    const auto diff = root + "/overlay/" + id + "/diff";
    std::error_code ignored;
    if (layer == layers.end() || into.layers.size() == layers_max ||
        !std::filesystem::is_directory(diff, ignored))
      return false;
    into.layers.push_back(diff);
    into.size += layer->second.size;
    id = layer->second.parent;
  }
  return !into.layers.empty();
}

/// The `config` object of the image's configuration, which is kept under its own digest.
std::optional<json> read_config(const std::string& root, const std::string& id) {
  const auto path = root + "/overlay-images/" + id + "/" + big_data_name("sha256:" + id);
  const auto text = read_small_file(path, json_limits{}.bytes_max);
  if (!text)
    return {};
  auto document = parse_json(*text, path);
  if (!document || !document->is_object())
    return {};
  const auto config = document->find("config");
  return config != document->end() && config->is_object() ? *config : json::object();
}

std::optional<image_record> record_of(const std::string& root, const layer_map& layers,
                                      const json& image) {
  image_record record;
  record.id = text_at(image, "id");
  record.created = text_at(image, "created");
  record.read_only = true;
  if (const auto names = image.find("names"); names != image.end() && names->is_array())
    for (const auto& name : *names)
      if (name.is_string())
        record.names.push_back(name.get<std::string>());
  if (!is_id(record.id) || !add_layers(root, layers, text_at(image, "layer"), record))
    return {};
  auto config = read_config(root, record.id);
  if (!config)
    return {};
  record.config = std::move(*config);
  return record;
}

expected<toml::table> read_configuration(const std::string& path) {
  auto text = read_small_file(path, configuration_bytes_max);
  if (!text && text.error().code == error_code::no_such_file)
    return toml::table{};
  if (!text)
    return tl::unexpected{text.error()};
  try {
    return toml::parse(*text, path);
  } catch (const toml::parse_error& wrong) {
    return fail(error_code::usage, path,
                "line " + std::to_string(wrong.source().begin.line) + ": " +
                    std::string{wrong.description()},
                "mend it as containers-storage.conf(5) says");
  }
}

} // namespace

expected<std::vector<std::string>> containers_storage_roots(const std::string& configuration) {
  const auto* chosen = std::getenv("CONTAINERS_STORAGE_CONF");
  auto path = configuration;
  if (path.empty())
    path = chosen != nullptr && *chosen != 0 ? chosen : default_configuration;
  auto table = read_configuration(path);
  if (!table)
    return tl::unexpected{table.error()};
  const auto storage = (*table)["storage"];
  const auto driver = storage["driver"].value_or(std::string{"overlay"});
  if (driver != "overlay" && !driver.empty())
    return std::vector<std::string>{};
  std::vector<std::string> roots{storage["graphroot"].value_or(std::string{default_root})};
  if (const auto* others = storage["options"]["additionalimagestores"].as_array())
    for (const auto& other : *others)
      roots.push_back(other.value_or(std::string{}));
  std::erase_if(roots, [](const std::string& root) { return !root.starts_with('/'); });
  return roots;
}

expected<std::vector<image_record>> containers_storage_images(const std::string& root) {
  std::vector<image_record> records;
  auto images = read_list(root + "/overlay-images/images.json");
  if (!images)
    return tl::unexpected{images.error()};
  auto layers = read_layers(root);
  if (!layers)
    return tl::unexpected{layers.error()};
  for (const auto& image : *images)
    if (auto record = record_of(root, *layers, image))
      records.push_back(std::move(*record));
  std::ranges::sort(records, std::ranges::greater{}, &image_record::created);
  return records;
}

} // namespace floe
