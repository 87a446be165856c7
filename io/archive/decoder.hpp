// Decompresses an archive from front to end, for those that have no index.
#pragma once

#include "io/archive/byte_source.hpp"
#include "model/compression.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace floe {

struct decoder_limits {
  uint64_t content_bytes_max = uint64_t{64} << 40;
  uint64_t expansion_max = 20'000;              ///< content bytes per stored byte …
  uint64_t expansion_slack = uint64_t{1} << 30; ///< … beyond this many
};

/// A source of what \p stored decompresses to; \p stored must outlive it. All checksums are checked
/// by reading up to the end, which is reached only if the last frame or member is complete and
/// nothing else follows. A piece of floe's index in the stream means that the archive lost its
/// index, and is an error too. \p subject names the archive. Errors: archive_damaged,
/// archive_refused (limits, or a zstd window larger than 128 MiB), those of \p stored.
std::unique_ptr<byte_source> make_decoder(compression method, byte_source& stored,
                                          std::string subject, decoder_limits limits = {});

} // namespace floe
