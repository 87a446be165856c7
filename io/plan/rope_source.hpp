// A rope's bytes from its beginning to its end, for whoever reads a tar that is only planned.
#pragma once

#include "io/archive/byte_source.hpp"
#include "io/plan/rope_reader.hpp"

namespace floe {

/// The rope must outlive it. Files that changed since they were planned are cut or filled up.
class rope_source : public byte_source {
 public:
  explicit rope_source(const rope& content)
      : content_{content}, reader_{content}, at_{content.begin_offset()} {}

  expected<size_t> read(std::span<std::byte> out) override;

  /// The files found changed so far.
  const std::vector<file_change>& changes() { return reader_.changes(); }

 private:
  const rope& content_;
  rope_reader reader_;
  uint64_t at_;
};

} // namespace floe
