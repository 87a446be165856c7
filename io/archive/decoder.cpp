#include "io/archive/decoder.hpp"

#include "io/archive/archive_damage.hpp"
#include "io/archive/archive_tail.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <vector>

namespace floe {

namespace {

constexpr size_t input_bytes = size_t{128} << 10;
constexpr int window_log_max = 27; // what the zstd program accepts without being told

/// What decoders have in common: input in pieces and the limits.
class limited_decoder : public byte_source {
 public:
  limited_decoder(byte_source& stored, std::string subject, decoder_limits limits)
      : subject_{std::move(subject)}, stored_{stored}, limits_{limits}, input_(input_bytes) {}

 protected:
  /// Makes at least \p wanted bytes of input available, fewer at the end of the stored bytes.
  expected<void> want_input(size_t wanted) {
    if (input_end_ - input_used_ >= wanted || ended_)
      return {};
    std::copy(input_.begin() + static_cast<long>(input_used_),
              input_.begin() + static_cast<long>(input_end_), input_.begin());
    input_end_ -= input_used_;
    input_used_ = 0;
    while (input_end_ < wanted && !ended_) {
      auto got = stored_.read(std::span{input_}.subspan(input_end_));
      if (!got)
        return tl::unexpected{got.error()};
      ended_ = *got == 0;
      input_end_ += *got;
      consumed_ += *got;
    }
    return {};
  }

  std::span<std::byte> input() {
    return std::span{input_}.subspan(input_used_, input_end_ - input_used_);
  }
  void use_input(size_t count) { input_used_ += count; }

  expected<size_t> produced(size_t count) {
    content_ += count;
    if (content_ > limits_.content_bytes_max)
      return refused(fmt::format("its content exceeds {} bytes", limits_.content_bytes_max));
    if (content_ > limits_.expansion_slack &&
        (content_ - limits_.expansion_slack) / limits_.expansion_max > consumed_)
      return refused(
          fmt::format("it expands to more than {} times its size", limits_.expansion_max));
    return count;
  }

  tl::unexpected<error> damaged(std::string cause) const {
    return damaged_archive(subject_, std::move(cause));
  }
  tl::unexpected<error> refused(std::string cause) const {
    return fail(error_code::archive_refused, subject_, std::move(cause));
  }

 private:
  std::string subject_;
  byte_source& stored_;
  decoder_limits limits_;
  std::vector<std::byte> input_;
  size_t input_used_ = 0;
  size_t input_end_ = 0;
  bool ended_ = false;
  uint64_t consumed_ = 0;
  uint64_t content_ = 0;
};

class zstd_stream_decoder final : public limited_decoder {
 public:
  zstd_stream_decoder(byte_source& stored, std::string subject, decoder_limits limits)
      : limited_decoder{stored, std::move(subject), limits}, context_{ZSTD_createDStream()} {
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_log_max);
  }

  expected<size_t> read(std::span<std::byte> out) override {
    while (!out.empty()) {
      if (between_frames_)
        if (auto good = begin_frame(); !good)
          return tl::unexpected{good.error()};
      if (auto more = want_input(1); !more)
        return tl::unexpected{more.error()};
      // At the end of the input there may be content left inside of the decoder.
      ZSTD_inBuffer in{input().data(), input().size(), 0};
      if (in.size == 0 && between_frames_)
        return size_t{0};
      ZSTD_outBuffer filled{out.data(), out.size(), 0};
      const auto left = ZSTD_decompressStream(context_.get(), &filled, &in);
      if (ZSTD_isError(left))
        return damaged(std::string{"its zstd frames cannot be read: "} + ZSTD_getErrorName(left));
      if (in.size == 0 && filled.pos == 0)
        return damaged("it is cut inside of a zstd frame");
      use_input(in.pos);
      between_frames_ = left == 0;
      if (filled.pos > 0)
        return produced(filled.pos);
    }
    return size_t{0};
  }

 private:
  expected<void> begin_frame() {
    if (auto more = want_input(4); !more)
      return more;
    uint32_t magic = 0;
    for (size_t i = std::min<size_t>(input().size(), 4); i-- > 0;)
      magic = magic << 8 | std::to_integer<uint32_t>(input()[i]);
    if (magic == tail_format::index_frame_magic)
      return damaged("it has an index of floe whose end is missing or changed");
    return {};
  }

  struct free_context {
    void operator()(ZSTD_DStream* context) const { ZSTD_freeDStream(context); }
  };
  std::unique_ptr<ZSTD_DStream, free_context> context_;
  bool between_frames_ = true;
};

class gzip_stream_decoder final : public limited_decoder {
 public:
  gzip_stream_decoder(byte_source& stored, std::string subject, decoder_limits limits)
      : limited_decoder{stored, std::move(subject), limits} {
    usable_ = ::inflateInit2(&state_, 15 + 16) == Z_OK; // gzip only, the largest window
  }
  gzip_stream_decoder(const gzip_stream_decoder&) = delete;
  gzip_stream_decoder& operator=(const gzip_stream_decoder&) = delete;
  ~gzip_stream_decoder() override { ::inflateEnd(&state_); }

  expected<size_t> read(std::span<std::byte> out) override {
    while (!out.empty()) {
      if (auto more = want_input(1); !more)
        return tl::unexpected{more.error()};
      if (input().empty() && between_members_)
        return size_t{0};
      if (between_members_)
        if (auto good = begin_member(); !good)
          return tl::unexpected{good.error()};
      const bool at_end = input().empty();
      auto decoded = decode(out);
      if (!decoded || *decoded > 0)
        return decoded;
      if (at_end && !between_members_)
        return damaged("it is cut inside of a gzip member");
    }
    return size_t{0};
  }

 private:
  expected<void> begin_member() {
    if (auto more = want_input(2); !more)
      return more;
    if (!usable_ || input().size() < 2 || input()[0] != std::byte{0x1f} ||
        input()[1] != std::byte{0x8b})
      return damaged("there is something behind its gzip members");
    ::inflateReset(&state_);
    header_ = {};
    header_.extra = extra_.data();
    header_.extra_max = static_cast<uInt>(extra_.size());
    ::inflateGetHeader(&state_, &header_);
    between_members_ = false;
    return {};
  }

  expected<size_t> decode(std::span<std::byte> out) {
    const auto in = input();
    state_.next_in = reinterpret_cast<Bytef*>(in.data());
    state_.avail_in = static_cast<uInt>(in.size());
    state_.next_out = reinterpret_cast<Bytef*>(out.data());
    state_.avail_out = static_cast<uInt>(std::min<size_t>(out.size(), UINT32_MAX));
    const auto room = state_.avail_out;
    const int code = ::inflate(&state_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
      return damaged(std::string{"its gzip members cannot be read: "} +
                     (state_.msg != nullptr ? state_.msg : "the checksum is wrong"));
    use_input(in.size() - state_.avail_in);
    between_members_ = code == Z_STREAM_END;
    if (header_.done == 1 && header_.extra_len >= 2 && extra_[0] == 'F' && extra_[1] == 'L')
      return damaged("it has an index of floe whose end is missing or changed");
    return produced(room - state_.avail_out);
  }

  z_stream state_{};
  gz_header header_{};
  std::array<Bytef, 2> extra_{};
  bool usable_ = false;
  bool between_members_ = true;
};

/// Passes plain bytes on.
class no_decoder final : public byte_source {
 public:
  explicit no_decoder(byte_source& stored) : stored_{stored} {}
  expected<size_t> read(std::span<std::byte> out) override { return stored_.read(out); }

 private:
  byte_source& stored_;
};

} // namespace

std::unique_ptr<byte_source> make_decoder(compression method, byte_source& stored,
                                          std::string subject, decoder_limits limits) {
  switch (method) {
  case compression::zstd:
  case compression::raw:
    return std::make_unique<zstd_stream_decoder>(stored, std::move(subject), limits);
  case compression::gzip:
    return std::make_unique<gzip_stream_decoder>(stored, std::move(subject), limits);
  case compression::none:
    break;
  }
  return std::make_unique<no_decoder>(stored);
}

} // namespace floe
