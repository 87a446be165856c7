// Everything behind the frames of an archive (FORMAT.md, sections 3 and 4): the one place that
// knows its layout.
#pragma once

#include "model/compression.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace floe {

namespace archive {
class Index;
}

/// Sizes and magic values of FORMAT.md.
namespace tail_format {
constexpr uint32_t index_version = 2;
constexpr uint32_t index_version_sha256 = 1; ///< only read
constexpr uint64_t end_blocks_bytes = 1024;  ///< of the tar, alone in the last frame
constexpr uint64_t frame_content_bytes_max = uint64_t{1} << 27;
constexpr std::string_view magic = "FLOEIDX1";
constexpr size_t digest_bytes = 32;
constexpr size_t trailer_bytes = digest_bytes + 8 + 8 + 8; ///< digest, magic, length, magic
constexpr uint32_t index_frame_magic = 0x184D2A5D;         ///< a skippable frame
constexpr uint32_t seek_table_frame_magic = 0x184D2A5E;    ///< a skippable frame
constexpr uint32_t seek_table_footer_magic = 0x8F92EAB1;
constexpr size_t seek_table_footer_bytes = 9;
constexpr size_t gzip_chunk_bytes = 65531; ///< of the payload, in one extra field
constexpr size_t gzip_member_bytes = 26;   ///< of an empty member around its chunk
} // namespace tail_format

/// The bytes behind the last frame. \p serialized is the index as it is stored (its digest is taken
/// from these bytes) and \p index the same, parsed: the seek table comes from its frames. A reader
/// compares the end of a file with this. REQUIRES: at most 2^27 frames, sizes of frames below 2^32.
std::string archive_tail(compression method, std::string_view serialized,
                         const archive::Index& index);

/// SHA-256 in lower-case hex, which is an archive's digest when \p serialized is its stored index.
std::string archive_digest(std::string_view serialized);

} // namespace floe
