#include "io/pour/frame_codec.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <xxhash.h>

namespace floe {

namespace {

using stored = expected<std::span<const std::byte>>;
using codec = expected<std::unique_ptr<frame_codec>>;

tl::unexpected<error> bad_level(compression method, int level, int lowest, int highest) {
  return fail(error_code::usage, "compression level " + std::to_string(level),
              std::string{to_string(method)} + " does not know it",
              "choose one from " + std::to_string(lowest) + " to " + std::to_string(highest));
}

tl::unexpected<error> broken(std::string library, std::string cause) {
  return fail(error_code::internal, std::move(library), std::move(cause));
}

class zstd_codec final : public frame_codec {
 public:
  static codec make(int level) {
    if (level < ZSTD_minCLevel() || level > ZSTD_maxCLevel())
      return bad_level(compression::zstd, level, ZSTD_minCLevel(), ZSTD_maxCLevel());
    auto out = std::make_unique<zstd_codec>();
    if (!out->context_)
      return broken("zstd", "there is no memory for a compression context");
    for (auto [parameter, value] :
         {std::pair{ZSTD_c_compressionLevel, level}, std::pair{ZSTD_c_checksumFlag, 1},
          std::pair{ZSTD_c_contentSizeFlag, 1}})
      if (auto code = ZSTD_CCtx_setParameter(out->context_.get(), parameter, value);
          ZSTD_isError(code))
        return broken("zstd", ZSTD_getErrorName(code));
    return out;
  }

  size_t frame_bytes_max(size_t content_bytes) const override {
    return ZSTD_compressBound(content_bytes);
  }

  stored encode(std::span<const std::byte> content, std::span<std::byte> out) override {
    auto size =
        ZSTD_compress2(context_.get(), out.data(), out.size(), content.data(), content.size());
    if (ZSTD_isError(size))
      return broken("zstd", ZSTD_getErrorName(size));
    return out.first(size);
  }

 private:
  struct free_context {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, free_context> context_{ZSTD_createCCtx()};
};

class gzip_codec final : public frame_codec {
 public:
  static codec make(int level) {
    constexpr int with_gzip_header = 15 + 16;
    constexpr int memory_level = 8;
    if (level < Z_BEST_SPEED || level > Z_BEST_COMPRESSION)
      return bad_level(compression::gzip, level, Z_BEST_SPEED, Z_BEST_COMPRESSION);
    auto out = std::make_unique<gzip_codec>();
    if (deflateInit2(&out->stream_, level, Z_DEFLATED, with_gzip_header, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      return broken("zlib", "there is no memory for a compression stream");
    return out;
  }

  gzip_codec() = default;
  gzip_codec(const gzip_codec&) = delete;
  gzip_codec& operator=(const gzip_codec&) = delete;
  ~gzip_codec() override { deflateEnd(&stream_); }

  size_t frame_bytes_max(size_t content_bytes) const override {
    return deflateBound(const_cast<z_stream*>(&stream_), content_bytes);
  }

  stored encode(std::span<const std::byte> content, std::span<std::byte> out) override {
    // zlib's interface is older than const; it does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(content.data()));
    stream_.avail_in = static_cast<uInt>(content.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream_, Z_FINISH) != Z_STREAM_END)
      return broken("zlib", "a frame did not fit into its largest size");
    const auto size = out.size() - stream_.avail_out;
    // Here, because frame_bytes_max asks the stream, which gives the right answer at its beginning.
    if (deflateReset(&stream_) != Z_OK)
      return broken("zlib", "the compression stream is inconsistent");
    return out.first(size);
  }

 private:
  z_stream stream_{};
};

/// zstd frames made of raw blocks, by hand: the library has no way to ask for them.
class raw_codec final : public frame_codec {
 public:
  size_t frame_bytes_max(size_t content_bytes) const override {
    const auto blocks = (content_bytes + block_bytes - 1) / block_bytes;
    return header_bytes + 3 * blocks + content_bytes + checksum_bytes;
  }

  stored encode(std::span<const std::byte> content, std::span<std::byte> out) override {
    used_ = 0;
    put(out, 0xFD2FB528, 4);
    put(out, 0xA4, 1); // single segment, 4-byte content size, checksum
    put(out, static_cast<uint32_t>(content.size()), 4);
    for (auto rest = content; !rest.empty();) {
      const auto block = rest.first(std::min(rest.size(), block_bytes));
      rest = rest.subspan(block.size());
      put(out, static_cast<uint32_t>(block.size() << 3 | (rest.empty() ? 1 : 0)), 3);
      std::memcpy(out.subspan(used_, block.size()).data(), block.data(), block.size());
      used_ += block.size();
    }
    put(out, static_cast<uint32_t>(XXH64(content.data(), content.size(), 0)), checksum_bytes);
    return out.first(used_);
  }

 private:
  static constexpr size_t header_bytes = 9;
  static constexpr size_t checksum_bytes = 4;
  static constexpr size_t block_bytes = size_t{128} << 10; ///< the largest that zstd allows

  void put(std::span<std::byte> out, uint32_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i)
      out[used_++] = static_cast<std::byte>(value >> (8 * i));
  }

  size_t used_ = 0;
};

class plain_codec final : public frame_codec {
 public:
  size_t frame_bytes_max(size_t) const override { return 0; }

  stored encode(std::span<const std::byte> content, std::span<std::byte>) override {
    return content;
  }
};

} // namespace

expected<std::unique_ptr<frame_codec>> make_frame_codec(compression method, int level) {
  constexpr int gzip_level_default = 6;
  switch (method) {
  case compression::zstd:
    return zstd_codec::make(level == 0 ? ZSTD_defaultCLevel() : level);
  case compression::gzip:
    return gzip_codec::make(level == 0 ? gzip_level_default : level);
  case compression::raw:
    return std::make_unique<raw_codec>();
  case compression::none:
    break;
  }
  return std::make_unique<plain_codec>();
}

} // namespace floe
