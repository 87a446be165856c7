#include "io/store/image_blobs.hpp"

#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"
#include "io/store/digest.hpp"
#include "io/store/tar_input.hpp"
#include "model/image_config.hpp"
#include "model/names.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <optional>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr size_t document_bytes_max = size_t{8} << 20;
constexpr int index_depth_max = 4;
constexpr size_t layers_max = 500; ///< what overlayfs stacks at most

tl::unexpected<error> bad(const std::string& subject, std::string cause) {
  return fail(error_code::bad_image, subject, std::move(cause), "save the image again");
}

const json* find(const json& document, const char* key) {
  if (!document.is_object())
    return nullptr;
  const auto found = document.find(key);
  return found == document.end() ? nullptr : &*found;
}

std::string text_at(const json& document, const char* key) {
  const auto* value = find(document, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

/// The digits of `sha256:…`, empty for everything else.
std::string hex_of(const std::string& digest) {
  constexpr std::string_view algorithm = "sha256:";
  if (!digest.starts_with(algorithm) || !is_id(std::string_view{digest}.substr(algorithm.size())))
    return {};
  return digest.substr(algorithm.size());
}

expected<std::string> read_blob(const std::string& directory, const std::string& path,
                                const std::string& subject) {
  const auto file = open_blob(directory, path, subject);
  if (!file)
    return tl::unexpected{file.error()};
  descriptor_source source{file->get(), subject};
  std::string text(document_bytes_max + 1, '\0');
  size_t used = 0;
  for (;;) {
    auto got = source.read(std::as_writable_bytes(std::span{text}.subspan(used)));
    if (!got)
      return tl::unexpected{got.error()};
    used += *got;
    if (used == text.size())
      return bad(subject, path + " is larger than any document of an image");
    if (*got == 0)
      break;
  }
  text.resize(used);
  return text;
}

expected<json> parse(const std::string& text, const std::string& path, const std::string& subject) {
  auto document = parse_json(text, path);
  if (!document)
    return bad(subject, path + ": " + document.error().cause);
  return document;
}

/// A document of an OCI layout, by its digest.
expected<std::string> read_digested(const std::string& directory, const std::string& digest,
                                    const std::string& subject) {
  const auto hex = hex_of(digest);
  if (hex.empty())
    return bad(subject, "it refers to something by '" + digest.substr(0, 80) +
                            "', which is no SHA-256 digest");
  auto text = read_blob(directory, "blobs/sha256/" + hex, subject);
  if (text && sha256_hex(*text) != hex)
    return bad(subject, "blobs/sha256/" + hex + " is damaged: its digest is another one");
  return text;
}

/// Puts the configuration's part into \p blobs, whose layers know their files already.
expected<void> read_configuration(const std::string& text, const std::string& subject,
                                  image_blobs& blobs) {
  auto document = parse(text, "its configuration", subject);
  if (!document)
    return tl::unexpected{document.error()};
  blobs.id = sha256_hex(text);
  blobs.created = text_at(*document, "created");
  if (const auto* config = find(*document, "config"); config != nullptr && !config->is_null())
    blobs.config = *config;
  if (auto checked = image_config_from_json(blobs.config, subject); !checked)
    return tl::unexpected{checked.error()};
  const auto* rootfs = find(*document, "rootfs");
  const auto* diff_ids = rootfs != nullptr ? find(*rootfs, "diff_ids") : nullptr;
  if (diff_ids == nullptr || !diff_ids->is_array() || diff_ids->size() != blobs.layers.size())
    return bad(subject, "its configuration does not describe its layers");
  for (size_t i = 0; i < blobs.layers.size(); ++i) {
    const auto& diff_id = diff_ids->at(i);
    blobs.layers[i].diff_id = diff_id.is_string() ? hex_of(diff_id.get<std::string>()) : "";
    if (blobs.layers[i].diff_id.empty())
      return bad(subject, "its configuration has a layer without a SHA-256 digest");
  }
  return {};
}

expected<void> check_layer_count(size_t count, const std::string& subject) {
  if (count > 0 && count <= layers_max)
    return {};
  return bad(subject, "it has " + std::to_string(count) + " layers, 1 to " +
                          std::to_string(layers_max) + " can be mounted");
}

/// The digest of the manifest meant by an index: its only one, or the one for this machine.
expected<std::string> choose_manifest(const json& index, const std::string& subject) {
  const auto* manifests = find(index, "manifests");
  if (manifests == nullptr || !manifests->is_array() || manifests->empty())
    return bad(subject, "its index names no image");
  if (manifests->size() == 1)
    return text_at(manifests->front(), "digest");
  std::optional<std::string> chosen;
  for (const auto& manifest : *manifests) {
    const auto* platform = find(manifest, "platform");
    if (platform == nullptr || text_at(*platform, "os") != "linux" ||
        text_at(*platform, "architecture") != image_architecture())
      continue;
    if (chosen)
      return bad(subject, "it holds several images for this machine");
    chosen = text_at(manifest, "digest");
  }
  if (!chosen)
    return bad(subject, "it holds several images, none of them said to be for linux on " +
                            image_architecture());
  return *chosen;
}

/// Follows indexes to a manifest.
expected<json> find_manifest(const std::string& directory, const std::string& subject) {
  auto text = read_blob(directory, "index.json", subject);
  for (int depth = 0; depth < index_depth_max; ++depth) {
    if (!text)
      return tl::unexpected{text.error()};
    auto document = parse(*text, depth == 0 ? "index.json" : "its manifest", subject);
    if (!document || find(*document, "layers") != nullptr)
      return document;
    auto digest = choose_manifest(*document, subject);
    if (!digest)
      return tl::unexpected{digest.error()};
    text = read_digested(directory, *digest, subject);
  }
  return bad(subject, "its indexes lead to each other instead of to an image");
}

} // namespace

bool is_oci_layout(const std::string& directory) {
  struct stat status {};
  return ::stat((directory + "/oci-layout").c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::stat((directory + "/index.json").c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

expected<image_blobs> read_oci_layout(const std::string& directory, const std::string& subject) {
  auto manifest = find_manifest(directory, subject);
  if (!manifest)
    return tl::unexpected{manifest.error()};
  const auto* layers = find(*manifest, "layers");
  const auto* config = find(*manifest, "config");
  if (config == nullptr || layers == nullptr || !layers->is_array())
    return bad(subject, "its manifest names no configuration or no layers");
  if (auto checked = check_layer_count(layers->size(), subject); !checked)
    return tl::unexpected{checked.error()};
  image_blobs blobs;
  for (const auto& layer : *layers) {
    const auto hex = hex_of(text_at(layer, "digest"));
    if (hex.empty())
      return bad(subject, "its manifest has a layer without a SHA-256 digest");
    blobs.layers.push_back({"blobs/sha256/" + hex, hex, {}});
  }
  auto text = read_digested(directory, text_at(*config, "digest"), subject);
  if (!text)
    return tl::unexpected{text.error()};
  if (auto read = read_configuration(*text, subject, blobs); !read)
    return tl::unexpected{read.error()};
  return blobs;
}

expected<image_blobs> read_docker_archive(const std::string& directory,
                                          const std::string& subject) {
  auto text = read_blob(directory, "manifest.json", subject);
  if (!text)
    return tl::unexpected{text.error()};
  auto manifest = parse(*text, "manifest.json", subject);
  if (!manifest)
    return tl::unexpected{manifest.error()};
  if (!manifest->is_array() || manifest->size() != 1)
    return bad(subject, "its manifest.json does not name exactly one image");
  const auto& image = manifest->front();
  const auto* layers = find(image, "Layers");
  if (layers == nullptr || !layers->is_array())
    return bad(subject, "its manifest.json names no layers");
  if (auto checked = check_layer_count(layers->size(), subject); !checked)
    return tl::unexpected{checked.error()};
  image_blobs blobs;
  for (const auto& layer : *layers) {
    if (!layer.is_string())
      return bad(subject, "its manifest.json has a layer that is no text");
    blobs.layers.push_back({layer.get<std::string>(), {}, {}});
  }
  auto configuration = read_blob(directory, text_at(image, "Config"), subject);
  if (!configuration)
    return tl::unexpected{configuration.error()};
  if (auto read = read_configuration(*configuration, subject, blobs); !read)
    return tl::unexpected{read.error()};
  return blobs;
}

expected<unique_fd> open_blob(const std::string& directory, const std::string& path,
                              const std::string& subject) {
  const auto root = open_directory(directory);
  if (!root)
    return tl::unexpected{root.error()};
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK; // not to wait for the writer of a fifo
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  unique_fd file{
      static_cast<int>(::syscall(SYS_openat2, root->get(), path.c_str(), &how, sizeof how))};
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return bad(subject, "'" + path.substr(0, 200) + "', which it names, is not a file in it");
  return file;
}

std::string image_architecture() {
  struct utsname machine {};
  ::uname(&machine);
  const std::string name{static_cast<const char*>(machine.machine)};
  if (name == "x86_64")
    return "amd64";
  return name == "aarch64" ? "arm64" : name;
}

} // namespace floe
