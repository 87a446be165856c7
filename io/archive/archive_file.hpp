// The file of an archive: read at any place, from several threads.
#pragma once

#include "io/archive/byte_source.hpp"
#include "io/posix/unique_fd.hpp"

#include <cstdint>
#include <string>

namespace floe {

class archive_file {
 public:
  /// Errors: archive_unreadable.
  static expected<archive_file> open(const std::string& path);

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }

  /// Fills \p out from \p offset on. Errors: archive_unreadable, archive_damaged (the file ends
  /// before).
  expected<void> read_at(uint64_t offset, std::span<std::byte> out) const;

  /// The same as text. REQUIRES: the caller has bounded \p length.
  expected<std::string> read_at(uint64_t offset, size_t length) const;

 private:
  archive_file(std::string path, unique_fd file, uint64_t size)
      : path_{std::move(path)}, file_{std::move(file)}, size_{size} {}

  std::string path_;
  unique_fd file_;
  uint64_t size_ = 0; ///< when it was opened
};

/// All bytes of an archive's file in order. The file must outlive it.
class archive_file_source final : public byte_source {
 public:
  explicit archive_file_source(const archive_file& file) : file_{file} {}

  expected<size_t> read(std::span<std::byte> out) override;

 private:
  const archive_file& file_;
  uint64_t position_ = 0;
};

} // namespace floe
