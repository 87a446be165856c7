// Builds images as other programs save them, document by document, so that a test can leave one
// out or make it lie.
#pragma once

#include "io/store/digest.hpp"
#include "io/store/image_blobs.hpp"
#include "model/json.hpp"
#include "tests/support/raw_tar.hpp"
#include "tests/support/scratch_directory.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <vector>

namespace floe::test {

/// The bytes, compressed by one of libarchive's filters (`gzip`, `zstd`, `xz`, `bzip2`).
inline std::string compressed(const std::string& bytes, const char* filter) {
  std::string out(bytes.size() + (1U << 20U), '\0');
  size_t used = 0;
  auto* writer = archive_write_new();
  archive_write_set_format_raw(writer);
  archive_write_add_filter_by_name(writer, filter);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  auto* entry = archive_entry_new();
  archive_entry_set_filetype(entry, 0100000);
  archive_write_header(writer, entry);
  archive_write_data(writer, bytes.data(), bytes.size());
  archive_write_close(writer);
  archive_entry_free(entry);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

/// An image whose layers are tars, bottom first.
struct saved_image {
  std::vector<std::string> layers;
  json config = json{{"Env", {"A=b"}}, {"Cmd", {"/bin/sh"}}};

  std::string configuration() const {
    auto document = json::object();
    document["created"] = "2024-01-02T03:04:05Z";
    document["architecture"] = image_architecture();
    document["os"] = "linux";
    document["config"] = config;
    document["rootfs"] = {{"type", "layers"}, {"diff_ids", json::array()}};
    for (const auto& layer : layers)
      document["rootfs"]["diff_ids"].push_back("sha256:" + sha256_hex(layer));
    return document.dump();
  }

  std::string id() const { return sha256_hex(configuration()); }

  /// Writes an OCI layout, its layers packed by \p filter unless that is empty.
  void write_layout(const std::string& directory, const char* filter = "gzip") const {
    const auto put = [&](const std::string& blob) {
      write_file(directory + "/blobs/sha256/" + sha256_hex(blob), blob);
      return json{{"mediaType", "application/octet-stream"},
                  {"digest", "sha256:" + sha256_hex(blob)},
                  {"size", blob.size()}};
    };
    auto manifest = json::object();
    manifest["schemaVersion"] = 2;
    manifest["config"] = put(configuration());
    manifest["layers"] = json::array();
    for (const auto& layer : layers)
      manifest["layers"].push_back(put(*filter != 0 ? compressed(layer, filter) : layer));
    const json index{{"schemaVersion", 2}, {"manifests", json::array({put(manifest.dump())})}};
    write_file(directory + "/index.json", index.dump());
    write_file(directory + "/oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  }

  /// A docker-archive as `podman save` writes it: the manifest comes last.
  std::string docker_archive() const {
    raw_tar tar;
    auto manifest = json::array({json::object()});
    manifest[0]["Layers"] = json::array();
    for (const auto& layer : layers) {
      const auto name = sha256_hex(layer) + ".tar";
      tar.file(name, layer);
      manifest[0]["Layers"].push_back(name);
    }
    tar.file(id() + ".json", configuration());
    manifest[0]["Config"] = id() + ".json";
    manifest[0]["RepoTags"] = {"localhost/web:latest"};
    return tar.file("manifest.json", manifest.dump()).closed();
  }
};

} // namespace floe::test
