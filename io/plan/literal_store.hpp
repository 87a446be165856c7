// Holds the literal bytes of a rope: tar headers by the hundred thousand, much alike, kept
// compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace floe {

/// Append-only bytes. Full chunks are compressed as they fill up; reading decompresses a chunk at a
/// time and keeps the last few. Several threads may read at once while nobody appends.
class literal_store {
 public:
  literal_store();

  uint64_t size() const { return size_; }

  /// Bytes of memory that the content takes, the readers' cache not counted.
  uint64_t stored_size() const;

  void append(std::string_view bytes);

  /// Zero bytes.
  void append_zeros(size_t count);

  /// Takes another store's bytes behind ours without touching them.
  void append(literal_store&& other);

  /// Copies [from, from + out.size()). REQUIRES: the range lies inside of [0, size()).
  void read(uint64_t from, std::span<std::byte> out) const;

 private:
  struct chunk {
    uint64_t begin = 0;
    uint32_t size = 0; ///< uncompressed
    bool compressed = false;
    std::shared_ptr<const std::string> bytes;
  };
  class cache;
  class packer;

  void seal_tail();
  std::shared_ptr<const std::string> open_chunk(const chunk& which) const;

  uint64_t size_ = 0;
  std::vector<chunk> chunks_;
  std::string tail_; ///< the bytes behind the last chunk
  std::shared_ptr<cache> cache_;
  std::shared_ptr<packer> packer_; ///< made when it is first needed
};

} // namespace floe
