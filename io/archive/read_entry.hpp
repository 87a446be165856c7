// What a tar says about one entry, as plain values.
#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace floe {

/// The ustar type flags that floe reads.
enum class tar_type : char {
  file = '0',
  hard_link = '1',
  symlink = '2',
  character_device = '3',
  block_device = '4',
  directory = '5',
  fifo = '6',
};

struct tar_time {
  int64_t seconds = 0;
  uint32_t nanoseconds = 0;

  friend bool operator==(const tar_time&, const tar_time&) = default;
};

/// A piece of a sparse file that has data.
struct tar_region {
  uint64_t offset = 0; ///< in the file
  uint64_t length = 0;

  friend bool operator==(const tar_region&, const tar_region&) = default;
};

struct read_entry {
  std::string name; ///< as it stands in the tar
  std::string link; ///< target of a link
  tar_type type = tar_type::file;
  uint32_t mode = 0; ///< permission bits with setuid, setgid and sticky
  uint32_t uid = 0;
  uint32_t gid = 0;
  tar_time modified;
  std::optional<tar_time> accessed;
  uint64_t size = 0;        ///< of the file
  uint64_t stored_size = 0; ///< of its data in the tar; smaller than size for a sparse file
  uint32_t device_major = 0;
  uint32_t device_minor = 0;
  std::vector<std::pair<std::string, std::string>> attributes; ///< extended attributes
  bool has_text_acl = false;                      ///< an ACL in the form that floe does not read
  std::optional<std::vector<tar_region>> regions; ///< of a sparse file
  uint64_t header_offset = 0;                     ///< of the entry's first block in the tar
  uint64_t data_offset = 0;                       ///< of its first stored byte in the tar
};

/// Why a header cannot be used: archive_damaged if it breaks the format, archive_refused if floe
/// does not want it.
struct tar_fault {
  error_code code = error_code::archive_damaged;
  std::string cause;
};

} // namespace floe
