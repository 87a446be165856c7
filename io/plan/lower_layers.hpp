// What an overlay mount shows of its lower layers alone, worked out from the layers' directories:
// the state that a container's changes are relative to.
#pragma once

#include "io/plan/tar_builder.hpp"
#include "io/plan/tree_entry.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace floe {

/// A path in one layer.
struct layer_path {
  uint32_t layer = 0; ///< 0 is the topmost
  std::string path;   ///< relative to the layer

  friend bool operator==(const layer_path&, const layer_path&) = default;
};

/// A directory of the merged view: the layers' directories that it consists of, topmost first.
/// None: no directory.
using merged_directory = std::vector<layer_path>;

/// What the merged view has under one name.
struct merged_entry {
  merged_directory directories;   ///< if it is a directory
  std::optional<layer_path> file; ///< if it is anything else

  bool exists() const { return file.has_value() || !directories.empty(); }
};

class lower_layers {
 public:
  /// \p paths are the layers' directories, topmost first.
  static expected<lower_layers> open(const std::vector<std::string>& paths);

  /// The root as the layers from \p first downwards show it.
  merged_directory root(uint32_t first = 0) const;

  /// Looks up one name. Whiteouts, opaque directories and redirections of the layers are followed.
  expected<merged_entry> find(const merged_directory& parent, const std::string& name) const;

  /// Looks up a path from the root of the layers from \p first downwards.
  expected<merged_entry> find_path(std::string_view path, uint32_t first = 0) const;

  /// Where the data of a file is that was redirected to, or stands at, \p target: a path with a
  /// leading `/` or a name in \p parent. Files whose data is further down are followed. Nothing if
  /// there is no such file.
  expected<std::optional<layer_path>> find_data(const merged_directory& parent,
                                                const std::string& target) const;

  /// All names in a directory, sorted.
  expected<std::vector<std::string>> list(const merged_directory& directory) const;

  expected<tree_entry> open(const layer_path& path) const;
  tree_place place(const layer_path& path) const { return {layers_[path.layer], path.path}; }
  std::string subject(const layer_path& path) const;

 private:
  /// The parts of a directory that belong to layers below this one.
  static merged_directory below(const merged_directory& directory, uint32_t layer);

  expected<std::optional<tree_entry>> open_if_there(const layer_path& path) const;
  expected<merged_entry> find_target(const merged_directory& parent, const std::string& target,
                                     uint32_t first) const;

  std::vector<std::shared_ptr<const tree_root>> layers_;
};

} // namespace floe
