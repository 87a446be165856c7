// The layers of floe's images: one directory each, ready as a lower of an overlay, named by the
// digest of its tar.
#pragma once

#include "io/archive/byte_source.hpp"
#include "io/archive/extract.hpp"
#include "io/container/host_settings.hpp"
#include "io/posix/unique_fd.hpp"
#include "io/store/store.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// One import or removal of images at a time, over all processes: others wait. While it is held,
/// layers neither appear nor vanish under its holder.
class images_lock {
 public:
  static expected<images_lock> acquire(const host_settings& settings);

 private:
  explicit images_lock(unique_fd held) : held_{std::move(held)} {}
  unique_fd held_;
};

/// `ROOT/images/layers/DIGEST`.
std::string layer_path(const host_settings& settings, const std::string& diff_id);

struct layer_request {
  std::string subject; ///< names the layer in errors
  std::string blob_id; ///< SHA-256 the source must have, empty: not known
  std::string diff_id; ///< SHA-256 its uncompressed tar must have, empty: not known
  whiteout_mode whiteouts = whiteout_mode::literal;
};

/// Unpacks a tar (plain, gzip, zstd, xz or bzip2) into a layer, unless there is one with its
/// diff_id, and returns the diff_id. Nothing stays if it fails. REQUIRES: the images lock is held.
/// Errors: archive_damaged (digests too), archive_refused, no_space, cancelled.
expected<std::string> add_layer(const host_settings& settings, const layer_request& request,
                                byte_source& packed, const std::stop_token& stop);

/// Removes the layers that no image in the store has. REQUIRES: the images lock is held.
expected<void> remove_unused_layers(store& state, const host_settings& settings);

} // namespace floe
