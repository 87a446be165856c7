// The digests by which an archive's index tells what is stored from what is damaged or exchanged.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace floe {

/// Both have 32 bytes and resist whoever wants two contents of one digest.
enum class digest_method {
  sha256, ///< archives of index version 1
  blake3, ///< what is written: more than twice as fast (bench_floe, digest_a_frame)
};

using content_digest = std::array<std::byte, 32>;

content_digest digest_of(digest_method method, std::span<const std::byte> bytes);

} // namespace floe
