// One 512-byte header block of a tar: ustar, GNU or the older format without magic.
#pragma once

#include "io/archive/read_entry.hpp"

#include <tl/expected.hpp>

#include <array>

namespace floe {

inline constexpr size_t tar_block_bytes = 512;
using tar_block = std::array<char, tar_block_bytes>;

/// What a header block says by itself; extended headers change it.
struct tar_header {
  char type = '0';
  std::string name;
  std::string link;
  uint64_t size = 0;
  uint32_t mode = 0;
  uint64_t uid = 0;
  uint64_t gid = 0;
  int64_t modified = 0;
  uint64_t device_major = 0;
  uint64_t device_minor = 0;
};

bool is_zero(const tar_block& block);

/// The checksum is right: this is a tar header and not something else.
bool is_tar_header(const tar_block& block);

/// Refuses a wrong checksum, an unknown magic and malformed, negative or oversized numbers.
tl::expected<tar_header, tar_fault> parse_tar_header(const tar_block& block);

} // namespace floe
