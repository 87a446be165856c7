// Unpacks a nested tar into a directory as root, although the tar comes from a stranger
// (docs/design.md, "trust").
#pragma once

#include "io/archive/byte_source.hpp"
#include "model/error.hpp"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// What an entry named `.wh.NAME` is: a file of that name, or as in the layer of an OCI image the
/// statement that NAME of the layers below is gone (`.wh..wh..opq`: all of them).
enum class whiteout_mode : uint8_t { literal, oci };

struct extract_policy {
  bool allow_devices = false;  ///< only for containers that may make some
  std::string device_advice{}; ///< what can be done about a device that is refused
  uint64_t entries_max = 50'000'000;
  uint64_t bytes_max = uint64_t{64} << 40;
  uint32_t depth_max = 512;
  whiteout_mode whiteouts = whiteout_mode::literal; ///< oci: they become those of overlayfs
};

struct extract_report {
  uint64_t entries = 0;
  uint64_t bytes = 0;
  std::vector<std::string> warnings;
};

/// Extracts below \p directory (a descriptor; \p subject names it in errors) with
/// openat2(RESOLVE_BENEATH): ownership, mode, times with nanoseconds, xattrs, ACLs, hard links,
/// holes. Existing non-directories are replaced, directories merged. Refuses what leads outside,
/// overlayfs's whiteouts, trusted.overlay.* and what exceeds the policy.
expected<extract_report> extract_tar(byte_source& source, int directory, const std::string& subject,
                                     const extract_policy& policy,
                                     const std::stop_token& stop = {});

/// Removes the listed container paths below \p rootfs recursively; symlinks in a path are never
/// followed and a path that does not exist is no error. Refuses `/`, relative paths and `..`.
expected<void> remove_deleted_files(int rootfs, const std::vector<std::string>& paths);

} // namespace floe
