// Finds the index behind the frames of an archive and believes it only if all of FORMAT.md, section
// 5, holds.
#pragma once

#include "io/archive/archive_file.hpp"
#include "io/archive/archive_reader.hpp"
#include "io/archive/content_digest.hpp"

#include <optional>

namespace floe {

/// Where a part of the tar is.
struct indexed_frame {
  uint64_t offset = 0; ///< in the file
  uint64_t stored_size = 0;
  uint64_t content_offset = 0; ///< in the tar
  uint64_t content_size = 0;
  content_digest digest{}; ///< of the stored bytes
};

/// A member with the place of its header.
struct indexed_member {
  archive_member member;
  uint64_t header_offset = 0;
};

struct checked_index {
  compression method = compression::zstd;
  digest_method frame_digests = digest_method::blake3;
  std::string engine;
  std::string digest; ///< of the archive
  uint64_t content_size = 0;
  std::vector<indexed_frame> frames;
  std::vector<indexed_member> members;
  archive_notes notes;
};

/// The index, or nothing if the file carries no sign of one. \p method is what the first bytes say:
/// zstd, gzip or none. Errors: archive_damaged (it claims to have an index and something about that
/// is wrong), archive_refused (a limit or a name that does not belong there), archive_foreign,
/// archive_unreadable.
expected<std::optional<checked_index>> read_index(const archive_file& file, compression method,
                                                  const archive_limits& limits);

} // namespace floe
