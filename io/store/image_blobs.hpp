// What an image consists of before it is unpacked: a configuration and the files of its layers, as
// OCI image layouts and docker-archives hold them.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"
#include "model/json.hpp"

#include <string>
#include <vector>

namespace floe {

struct layer_blob {
  std::string path;    ///< relative to the directory
  std::string blob_id; ///< SHA-256 that the file must have, empty: not stated
  std::string diff_id; ///< SHA-256 that its tar must have
};

struct image_blobs {
  std::string id;                 ///< of the image: SHA-256 of its configuration
  std::string created;            ///< RFC 3339; empty if the image does not say
  json config = json::object();   ///< the `config` object of the configuration, checked
  std::vector<layer_blob> layers; ///< bottom first
};

/// Whether a directory has the files by which an OCI image layout is known.
bool is_oci_layout(const std::string& directory);

/// Reads an OCI image layout that holds one image, or one for this machine's architecture. Errors:
/// bad_image.
expected<image_blobs> read_oci_layout(const std::string& directory, const std::string& subject);

/// Reads an unpacked docker-archive (`manifest.json`) that holds one image. Errors: bad_image.
expected<image_blobs> read_docker_archive(const std::string& directory, const std::string& subject);

/// Opens a file of such a directory; a link in it does not lead outside. Errors: bad_image.
expected<unique_fd> open_blob(const std::string& directory, const std::string& path,
                              const std::string& subject);

/// This machine's architecture in the words of images: amd64, arm64 …
std::string image_architecture();

} // namespace floe
