// Writes an archive on the calling thread: the plain form of what the pourer does on all cores.
#pragma once

#include "io/plan/rope.hpp"
#include "io/pour/window.hpp"
#include "io/pour/window_fill.hpp"
#include "model/archive_notes.hpp"
#include "model/compression.hpp"
#include "model/error.hpp"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace floe {

struct pour_options {
  std::string target;
  compression method = compression::zstd;
  int level = 0; ///< 0: the method's default
  bool overwrite = false;
  bool sync = true;
  uint32_t window_bytes = window_bytes_default;
  archive_notes notes; ///< to be kept in the index
};

struct pour_report {
  uint64_t bytes_read = 0;    ///< content
  uint64_t bytes_written = 0; ///< size of the archive
  std::string digest;         ///< SHA-256 of the index in hex
  std::vector<file_change> changed;
};

/// Equal content and options give equal bytes, here and in the pourer. Nothing is left at or beside
/// the target on failure. Errors: those of durable_file, window_fill and make_frame_codec,
/// io_failed, cancelled.
expected<pour_report> pour_to_file(const rope& content, const pour_options& options,
                                   const std::stop_token& stop = {});

} // namespace floe
