#include "io/archive/frame_reader.hpp"

#include "io/archive/archive_damage.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

namespace floe {

namespace {

constexpr uint64_t recent_bytes_max = uint64_t{32} << 20;
constexpr int window_log_max = 27;

/// What it takes to keep a frame, however small it is.
uint64_t bytes_of(const frame_buffer& frame) {
  constexpr uint64_t bookkeeping_bytes = 256;
  return frame.capacity() + bookkeeping_bytes;
}

/// Decodes one zstd frame that fills \p stored and whose content fills \p out.
bool decode_zstd(std::span<const std::byte> stored, std::span<std::byte> out) {
  if (ZSTD_getFrameContentSize(stored.data(), stored.size()) != out.size() ||
      ZSTD_findFrameCompressedSize(stored.data(), stored.size()) != stored.size())
    return false;
  struct free_context {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  const std::unique_ptr<ZSTD_DCtx, free_context> context{ZSTD_createDCtx()};
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window_log_max);
  return ZSTD_decompressDCtx(context.get(), out.data(), out.size(), stored.data(), stored.size()) ==
         out.size();
}

/// Decodes one gzip member that fills \p stored and whose content fills \p out.
bool decode_gzip(std::span<const std::byte> stored, std::span<std::byte> out) {
  z_stream state{};
  if (::inflateInit2(&state, 15 + 16) != Z_OK)
    return false;
  auto* input = const_cast<std::byte*>(stored.data()); // zlib does not write there
  state.next_in = reinterpret_cast<Bytef*>(input);
  state.avail_in = static_cast<uInt>(stored.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  const int code = ::inflate(&state, Z_FINISH);
  const bool complete = code == Z_STREAM_END && state.avail_in == 0 && state.avail_out == 0;
  ::inflateEnd(&state);
  return complete;
}

bool decode(compression method, std::span<const std::byte> stored, std::span<std::byte> out) {
  switch (method) {
  case compression::zstd:
  case compression::raw:
    return decode_zstd(stored, out);
  case compression::gzip:
    return decode_gzip(stored, out);
  case compression::none:
    break;
  }
  return false; // it is what is stored
}

} // namespace

size_t frame_reader::frame_at(uint64_t content_offset) const {
  const auto behind =
      std::ranges::upper_bound(index_.frames, content_offset, {}, &indexed_frame::content_offset);
  return static_cast<size_t>(behind - index_.frames.begin()) - 1;
}

expected<frame_reader::content> frame_reader::frame(size_t number) {
  {
    const std::lock_guard guard{mutex_};
    const auto found = std::ranges::find(recent_, number, &std::pair<size_t, content>::first);
    if (found != recent_.end()) {
      recent_.splice(recent_.begin(), recent_, found);
      return found->second;
    }
  }
  auto loaded = load(number);
  if (!loaded)
    return loaded;
  const std::lock_guard guard{mutex_};
  recent_.emplace_front(number, *loaded);
  recent_bytes_ += bytes_of(**loaded);
  while (recent_bytes_ > recent_bytes_max && recent_.size() > 1) {
    recent_bytes_ -= bytes_of(*recent_.back().second);
    recent_.pop_back();
  }
  return loaded;
}

expected<frame_reader::content> frame_reader::load(size_t number) {
  const auto& frame = index_.frames[number];
  const auto damaged = [&](const char* cause) {
    return damaged_archive(file_.path(),
                           fmt::format("frame {} at byte {} {}", number, frame.offset, cause));
  };
  const auto stored = buffers_.take(static_cast<size_t>(frame.stored_size));
  if (auto done = file_.read_at(frame.offset, stored->bytes()); !done)
    return tl::unexpected{done.error()};
  if (digest_of(index_.frame_digests, stored->bytes()) != frame.digest)
    return damaged("does not have the digest that the index states");
  if (index_.method == compression::none)
    return stored;
  auto out = buffers_.take(static_cast<size_t>(frame.content_size));
  if (!decode(index_.method, stored->bytes(), out->bytes()))
    return damaged("does not decompress to what the index states");
  return out;
}

expected<size_t> tar_range_source::read(std::span<std::byte> out) {
  if (position_ >= end_ || out.empty())
    return size_t{0};
  const auto number = frames_.frame_at(position_);
  if (number != held_number_) {
    auto loaded = frames_.frame(number);
    if (!loaded)
      return tl::unexpected{loaded.error()};
    held_ = std::move(*loaded);
    held_number_ = number;
  }
  const auto inside = position_ - frames_.index().frames[number].content_offset;
  const auto count = static_cast<size_t>(
      std::min<uint64_t>({out.size(), held_->size() - inside, end_ - position_}));
  std::memcpy(out.data(), held_->bytes().subspan(inside, count).data(), count);
  position_ += count;
  return count;
}

} // namespace floe
