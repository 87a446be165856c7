// What there is to know about a checkpoint archive without restoring it.
#pragma once

#include "model/compression.hpp"
#include "model/error.hpp"
#include "model/json.hpp"
#include "model/operation_result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace floe {

struct summary_volume {
  std::string name;
  std::string destination;
  std::optional<uint64_t> bytes; ///< of its tar; nothing if the archive does not hold it
  std::vector<std::pair<std::string, std::string>> labels;         ///< if floe noted them
  std::vector<std::pair<std::string, std::string>> driver_options; ///< likewise
};

/// One interface of one network.
struct summary_interface {
  std::string network;
  std::string name;
  std::vector<std::string> addresses; ///< with the prefix length, as `10.88.0.4/16`
  std::string mac;
};

/// A member of the archive.
struct summary_file {
  std::string name;
  uint64_t bytes = 0;
  bool is_directory = false;
};

struct archive_summary {
  // -- of the container -----------------------------------------------------

  std::string id;
  std::string name;
  std::string image_name;
  std::string image_id;
  std::string runtime;
  std::string created; ///< RFC 3339, as it stands there
  std::string hostname;
  std::string engine; ///< that wrote it: `floe 0.1.0`, Podman, CRI-O or containerd
  std::vector<summary_volume> volumes;
  std::vector<summary_interface> interfaces;
  std::vector<std::pair<std::string, std::string>> annotations;

  // -- of the archive -------------------------------------------------------

  std::string path;
  compression method = compression::zstd;
  bool indexed = false;
  std::string digest;         ///< empty without an index
  uint64_t file_bytes = 0;    ///< of the archive's file
  uint64_t content_bytes = 0; ///< sum of its members
  uint64_t memory_bytes = 0;  ///< of pages-*.img
  uint64_t images_bytes = 0;  ///< of all of CRIU's images, with the memory
  uint64_t shared_memory_bytes = 0;
  std::optional<uint64_t> rootfs_bytes; ///< of rootfs-diff.tar, if it is there
  uint64_t deleted_files = 0;           ///< paths that deleted.files lists
  bool pre_checkpoint = false;          ///< it holds memory only, of a container that went on
  std::optional<criu_statistics> criu;
  std::vector<std::string> warnings; ///< what the export had to leave out or change
  std::vector<summary_file> files;
};

/// Reads the documents of an archive: what is missing or has another type than expected stays
/// empty, a broken network_status is passed over. \p subject names the archive. Errors:
/// archive_refused (config.dump or spec.dump is no JSON object).
expected<archive_summary> summarize_documents(std::string_view config_dump,
                                              std::string_view spec_dump,
                                              std::string_view network_status,
                                              const std::string& subject);

/// For `--format json`; members only \p with_files.
json to_json(const archive_summary& summary, bool with_files);

} // namespace floe
