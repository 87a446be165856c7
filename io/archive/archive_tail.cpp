#include "io/archive/archive_tail.hpp"

#include "io/archive/archive_index.pb.h"
#include "io/archive/content_digest.hpp"

namespace floe {

namespace {

content_digest sha256(std::string_view bytes) {
  return digest_of(digest_method::sha256, std::as_bytes(std::span{bytes}));
}

void put(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out.push_back(static_cast<char>(value >> (8 * i)));
}

std::string payload_of(std::string_view serialized) {
  const auto hash = sha256(serialized);
  std::string out;
  out.reserve(serialized.size() + tail_format::trailer_bytes);
  out += serialized;
  out.append(reinterpret_cast<const char*>(hash.data()), hash.size());
  out += tail_format::magic;
  put(out, serialized.size(), 8);
  out += tail_format::magic;
  return out;
}

std::string zstd_tail(const std::string& payload, const archive::Index& index) {
  const auto frames = static_cast<uint64_t>(index.frames_size());
  std::string out;
  out.reserve(payload.size() + 8 * frames + 32);
  put(out, tail_format::index_frame_magic, 4);
  put(out, payload.size(), 4);
  out += payload;
  put(out, tail_format::seek_table_frame_magic, 4);
  put(out, 8 * frames + tail_format::seek_table_footer_bytes, 4);
  for (const auto& frame : index.frames()) {
    put(out, frame.stored_size(), 4);
    put(out, frame.content_size(), 4);
  }
  put(out, frames, 4);
  put(out, 0, 1); // no checksums in the table
  put(out, tail_format::seek_table_footer_magic, 4);
  return out;
}

std::string gzip_tail(std::string_view payload) {
  constexpr std::string_view header{"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff", 10};
  constexpr std::string_view empty_stream{"\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00", 10};
  std::string out;
  // The first chunk takes what remains, so that the trailer at the end of the last is never cut.
  auto chunk_bytes = (payload.size() - 1) % tail_format::gzip_chunk_bytes + 1;
  while (!payload.empty()) {
    out += header;
    put(out, chunk_bytes + 4, 2);
    out += "FL";
    put(out, chunk_bytes, 2);
    out += payload.substr(0, chunk_bytes);
    out += empty_stream;
    payload.remove_prefix(chunk_bytes);
    chunk_bytes = tail_format::gzip_chunk_bytes;
  }
  return out;
}

} // namespace

std::string archive_tail(compression method, std::string_view serialized,
                         const archive::Index& index) {
  auto payload = payload_of(serialized);
  switch (method) {
  case compression::zstd:
  case compression::raw:
    return zstd_tail(payload, index);
  case compression::gzip:
    return gzip_tail(payload);
  case compression::none:
    break;
  }
  return payload;
}

std::string archive_digest(std::string_view serialized) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const auto byte : sha256(serialized)) {
    out.push_back(digits[std::to_integer<size_t>(byte >> 4)]);
    out.push_back(digits[std::to_integer<size_t>(byte & std::byte{15})]);
  }
  return out;
}

} // namespace floe
