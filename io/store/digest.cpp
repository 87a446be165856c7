#include "io/store/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <new>
#include <vector>

namespace floe {

struct sha256_digest::context {
  struct freer {
    void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
  };
  std::unique_ptr<EVP_MD_CTX, freer> digest{EVP_MD_CTX_new()};
};

sha256_digest::sha256_digest() : context_{std::make_unique<context>()} {
  // Only a lack of memory makes these fail.
  if (!context_->digest || EVP_DigestInit_ex(context_->digest.get(), EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc{};
}

sha256_digest::~sha256_digest() = default;
sha256_digest::sha256_digest(sha256_digest&&) noexcept = default;
sha256_digest& sha256_digest::operator=(sha256_digest&&) noexcept = default;

void sha256_digest::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(context_->digest.get(), bytes.data(), bytes.size());
}

std::string sha256_digest::finish() {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, 32> bytes{};
  EVP_DigestFinal_ex(context_->digest.get(), bytes.data(), nullptr);
  std::string hex;
  for (const auto byte : bytes) {
    hex += digits[byte >> 4U];
    hex += digits[byte & 0xfU];
  }
  return hex;
}

std::string sha256_hex(std::string_view bytes) {
  sha256_digest digest;
  digest.update(std::as_bytes(std::span{bytes}));
  return digest.finish();
}

expected<size_t> digesting_source::read(std::span<std::byte> out) {
  auto got = inner_.read(out);
  if (got)
    digest_.update(out.first(*got));
  return got;
}

expected<std::string> digesting_source::finish() {
  std::vector<std::byte> rest(size_t{64} << 10);
  for (;;) {
    auto got = read(rest);
    if (!got)
      return tl::unexpected{got.error()};
    if (*got == 0)
      return digest_.finish();
  }
}

} // namespace floe
