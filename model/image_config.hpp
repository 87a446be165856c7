// What an image says about the containers made from it, and how images are named.
#pragma once

#include "model/error.hpp"
#include "model/json.hpp"

#include <string>
#include <utility>
#include <vector>

namespace floe {

/// The `config` object of an OCI image configuration, checked.
struct image_config {
  std::vector<std::string> environment; ///< `NAME=value`
  std::vector<std::string> command;
  std::vector<std::string> entrypoint;
  std::string working_directory; ///< absolute, or empty
  std::string user;
  std::string stop_signal; ///< a name or a number, or empty
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::string> volumes; ///< absolute container paths
};

/// Relative paths are taken from the root. Errors: bad_image for wrong types, NUL bytes and a
/// volume at the root; \p subject names the image.
expected<image_config> image_config_from_json(const json& document, const std::string& subject);

/// The full name that Podman gives to an image that is made here: `busybox` is
/// `localhost/busybox:latest`. Errors: usage for what is not a name; a digest is not accepted.
expected<std::string> normalise_image_name(const std::string& name);

/// The full names that a short one may stand for, the first that exists is meant: below localhost,
/// below docker.io/library. A full name stands for itself; what is no name, for none.
std::vector<std::string> image_name_candidates(const std::string& name);

} // namespace floe
