// SHA-256 as images use it: over streams, written as 64 hexadecimal digits.
#pragma once

#include "io/archive/byte_source.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace floe {

class sha256_digest {
 public:
  sha256_digest();
  ~sha256_digest();
  sha256_digest(sha256_digest&&) noexcept;
  sha256_digest& operator=(sha256_digest&&) noexcept;

  void update(std::span<const std::byte> bytes);

  /// 64 hexadecimal digits. Afterwards the digest is of no use.
  std::string finish();

 private:
  struct context;
  std::unique_ptr<context> context_;
};

std::string sha256_hex(std::string_view bytes);

/// Passes on what another source has and digests it on the way.
class digesting_source : public byte_source {
 public:
  explicit digesting_source(byte_source& inner) : inner_{inner} {}

  expected<size_t> read(std::span<std::byte> out) override;

  /// Reads what is left and returns the digest of everything.
  expected<std::string> finish();

 private:
  byte_source& inner_;
  sha256_digest digest_;
};

} // namespace floe
