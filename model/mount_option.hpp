// What users write behind `-v` and `--tmpfs`, taken apart and completed as Podman does.
#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace floe {

/// One `-v` or `--tmpfs`.
struct mount_option {
  enum class kind { volume, host_path, tmpfs };
  kind what = kind::volume;
  std::string source;      ///< a volume's name (empty: an anonymous one), or a host path
  std::string destination; ///< absolute and clean, never `/`
  /// In the user's order, then the defaults: `rw`, `rprivate`, and so on. May hold `U`, `z` and
  /// `Z`, which are no options of mount(2).
  std::vector<std::string> options;
};

/// `[SOURCE:]/path[:options]`: an absolute source is a host path, another one a volume's name.
/// Errors: usage.
expected<mount_option> parse_volume_option(const std::string& text);

/// `/path[:options]`. Errors: usage.
expected<mount_option> parse_tmpfs_option(const std::string& text);

/// The options of a named volume of an image, and of one without options.
std::vector<std::string> default_volume_options();

/// Without `.`, empty parts and `/` at the end; `..` goes up, never above `/`. \p path is absolute.
std::string clean_path(std::string_view path);

} // namespace floe
