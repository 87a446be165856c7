// Reads a tar from a stranger, entry by entry, and is stricter than the tools that only want to get
// at the data: what two readers could understand differently, what is cut and what lies behind the
// end is an error.
#pragma once

#include "io/archive/byte_source.hpp"
#include "io/archive/read_entry.hpp"
#include "io/archive/tar_header.hpp"

#include <string>
#include <vector>

namespace floe {

struct tar_limits {
  uint64_t entries_max = 50'000'000;
  uint64_t bytes_max = uint64_t{64} << 40;   ///< sum of the sizes of all files
  size_t name_bytes_max = size_t{128} << 10; ///< of a name or a link target
  size_t extended_header_bytes_max = size_t{4} << 20;
  size_t sparse_regions_max = 1'000'000;
  uint64_t padding_bytes_max = uint64_t{16} << 20; ///< zeros behind the end-of-archive blocks
};

/// Understands ustar, pax and GNU long names, sparse files as pax 1.0 only. Refuses other entry
/// types, entries with data that are no files, sizes that contradict each other, global pax headers
/// that change entries.
class tar_stream {
 public:
  /// \p source must outlive the stream; \p subject names the tar in errors.
  tar_stream(byte_source& source, std::string subject, tar_limits limits = {});

  /// The next entry; what is left of the last one's data is skipped. Nothing at the end, which is
  /// reached only if both end-of-archive blocks were there and nothing but zeros behind them up to
  /// the end of the source. Errors: archive_damaged, archive_refused, and those of the source.
  expected<std::optional<read_entry>> next();

  /// Stored data of the current entry: of a sparse file, its regions one behind the other. 0 at the
  /// end.
  expected<size_t> read(std::span<std::byte> out);

  /// Bytes consumed so far.
  uint64_t position() const { return position_; }

  /// The error of a current entry that the caller does not accept.
  tl::unexpected<error> reject(error_code code, std::string cause) const;

 private:
  struct pending_headers;

  expected<size_t> read_some(std::span<std::byte> out);
  expected<bool> read_block(tar_block& block);
  expected<void> skip(uint64_t bytes);
  expected<std::string> read_extension(uint64_t size, size_t bytes_max);
  expected<void> take_extension(const tar_header& header, pending_headers& pending);
  expected<read_entry> make_entry(tar_header header, pending_headers pending);
  expected<void> check_size(const read_entry& entry, uint64_t stated,
                            std::optional<uint64_t> extended);
  expected<void> read_sparse_map(read_entry& entry, uint64_t real_size);
  expected<void> finish();

  byte_source& source_;
  std::string subject_;
  tar_limits limits_;
  std::vector<std::byte> buffer_;
  size_t buffer_used_ = 0;
  size_t buffer_end_ = 0;
  uint64_t position_ = 0;
  uint64_t remaining_ = 0; ///< stored data of the current entry
  uint64_t padding_ = 0;   ///< behind it, up to the next block
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
  bool ended_ = false;
  std::string entry_name_; ///< of the entry at hand, for messages
  uint64_t entry_offset_ = 0;
};

} // namespace floe
