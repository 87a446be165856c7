// Makes the header blocks of one tar member: pax format as libarchive writes it, so that everything
// a file has gets through to every reader of tar, Podman's included (FORMAT.md).
#pragma once

#include "io/posix/xattr.hpp"
#include "model/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace floe {

inline constexpr uint64_t tar_block_bytes = 512;
inline constexpr uint64_t tar_end_bytes = 2 * tar_block_bytes;

/// Where data starts when a tar is aligned: the block size of the file systems that can share
/// extents.
inline constexpr uint64_t tar_alignment_bytes = 4096;

/// A range of a file that holds data.
struct data_range {
  uint64_t offset = 0;
  uint64_t length = 0;

  friend bool operator==(const data_range&, const data_range&) = default;
};

struct tar_entry {
  std::string name;        ///< as it will stand in the tar; a directory's gets a trailing `/`
  std::string link_target; ///< of a symbolic link; of a hard link the name of the earlier member
  bool hard_link = false;
  mode_t mode = 0; ///< file type and permissions
  uint64_t uid = 0;
  uint64_t gid = 0;
  uint64_t size = 0; ///< content bytes, 0 for everything but regular files
  int64_t modified_seconds = 0;
  uint32_t modified_nanoseconds = 0;
  dev_t device = 0; ///< of device nodes
  std::vector<extended_attribute> attributes;
  std::vector<data_range> sparse; ///< not empty: only these ranges follow, in pax 1.0 sparse form
};

/// The name, owner, mode and times of a file; size, link target and attributes are left to the
/// caller.
tar_entry tar_entry_from(std::string name, const struct stat& status);

/// Makes headers one after the other. To be used by one thread at a time.
class tar_header_maker {
 public:
  tar_header_maker();
  ~tar_header_maker();
  tar_header_maker(tar_header_maker&&) noexcept;
  tar_header_maker& operator=(tar_header_maker&&) noexcept;

  /// All blocks in front of the content: pax header if needed, ustar header, the map of a sparse
  /// file. Fails for what a tar cannot hold, a socket.
  expected<std::string> make(const tar_entry& entry);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// Lengthens \p header, which will stand at \p offset, by a pax `comment` record so that the
/// content behind it starts at a multiple of tar_alignment_bytes. POSIX has readers ignore
/// comments. REQUIRES: offset is a multiple of a block.
void align_content(std::string& header, uint64_t offset);

} // namespace floe
