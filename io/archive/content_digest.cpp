#include "io/archive/content_digest.hpp"

#include <openssl/sha.h>

#include <blake3.h>

namespace floe {

content_digest digest_of(digest_method method, std::span<const std::byte> bytes) {
  content_digest out;
  auto* target = reinterpret_cast<unsigned char*>(out.data());
  if (method == digest_method::sha256) {
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), target);
    return out;
  }
  blake3_hasher hasher;
  blake3_hasher_init(&hasher);
  blake3_hasher_update(&hasher, bytes.data(), bytes.size());
  blake3_hasher_finalize(&hasher, target, out.size());
  return out;
}

} // namespace floe
