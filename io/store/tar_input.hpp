// Tars as people hand them in: from a descriptor, compressed or not.
#pragma once

#include "io/archive/byte_source.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace floe {

/// Reads a descriptor to its end; does not own it. \p subject names it in errors.
class descriptor_source : public byte_source {
 public:
  descriptor_source(int fd, std::string subject) : fd_{fd}, subject_{std::move(subject)} {}
  expected<size_t> read(std::span<std::byte> out) override;

 private:
  int fd_;
  std::string subject_;
};

/// What is in \p packed once gzip, zstd, xz or bzip2 is taken off; anything else is passed on as it
/// is. \p packed must outlive it. Errors while reading: archive_damaged.
expected<std::unique_ptr<byte_source>> unpacked_source(byte_source& packed, std::string subject);

/// Writes a source to its end. Errors: those of the source, no_space, io_failed, cancelled.
expected<void> copy_to_descriptor(byte_source& source, int output, const std::string& subject,
                                  const std::stop_token& stop = {});

} // namespace floe
