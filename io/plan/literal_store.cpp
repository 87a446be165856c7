#include "io/plan/literal_store.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace floe {

namespace {

/// Large enough for headers to find their likes in it, small enough to be opened for one header's
/// sake.
constexpr size_t chunk_bytes = size_t{64} << 10;

/// Less than this is not worth compressing.
constexpr size_t compress_bytes_min = 1024;

constexpr int compress_level = 1;

} // namespace

/// The chunks opened last, shared by all readers. A chunk's bytes are its key, so stores may share
/// a cache.
class literal_store::cache {
 public:
  using bytes_ptr = std::shared_ptr<const std::string>;

  bytes_ptr find(const bytes_ptr& compressed) {
    std::lock_guard guard{mutex_};
    auto& slot = slot_of(compressed);
    return slot.compressed == compressed ? slot.plain : nullptr;
  }

  void insert(const bytes_ptr& compressed, bytes_ptr plain) {
    std::lock_guard guard{mutex_};
    slot_of(compressed) = {compressed, std::move(plain)};
  }

 private:
  struct slot {
    bytes_ptr compressed;
    bytes_ptr plain;
  };

  slot& slot_of(const bytes_ptr& compressed) {
    return slots_[std::hash<bytes_ptr>{}(compressed) / alignof(std::max_align_t) % slots_.size()];
  }

  std::mutex mutex_;
  std::array<slot, 17> slots_;
};

/// What compresses chunks: setting one up takes as long as several chunks.
class literal_store::packer {
 public:
  /// Nothing if the chunk does not become smaller.
  std::optional<std::string> pack(std::string_view chunk) {
    if (!context_)
      return {};
    buffer_.resize(ZSTD_compressBound(chunk.size()));
    const auto length = ZSTD_compressCCtx(context_.get(), buffer_.data(), buffer_.size(),
                                          chunk.data(), chunk.size(), compress_level);
    if (ZSTD_isError(length) != 0 || length >= chunk.size())
      return {};
    return buffer_.substr(0, length);
  }

 private:
  struct free_context {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, free_context> context_{ZSTD_createCCtx()};
  std::string buffer_;
};

literal_store::literal_store() : cache_{std::make_shared<cache>()} {}

uint64_t literal_store::stored_size() const {
  uint64_t total = tail_.size();
  for (const auto& each : chunks_)
    total += each.bytes->size();
  return total;
}

void literal_store::append(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    auto part = bytes.substr(0, chunk_bytes - tail_.size());
    tail_ += part;
    bytes.remove_prefix(part.size());
    if (tail_.size() == chunk_bytes)
      seal_tail();
  }
}

void literal_store::append_zeros(size_t count) {
  append(std::string(count, '\0'));
}

void literal_store::append(literal_store&& other) {
  if (other.size_ == 0)
    return;
  seal_tail();
  chunks_.reserve(chunks_.size() + other.chunks_.size());
  for (auto& each : other.chunks_) {
    each.begin += size_;
    chunks_.push_back(std::move(each));
  }
  size_ += other.size_;
  tail_ = std::move(other.tail_);
  other = literal_store{};
}

void literal_store::seal_tail() {
  if (tail_.empty())
    return;
  chunk next{size_ - tail_.size(), static_cast<uint32_t>(tail_.size()), false, nullptr};
  // append() counts bytes before it stores them, so the tail's begin follows from the chunks, not
  // from the size.
  next.begin = chunks_.empty() ? 0 : chunks_.back().begin + chunks_.back().size;
  if (tail_.size() >= compress_bytes_min) {
    if (!packer_)
      packer_ = std::make_shared<packer>();
    if (auto packed = packer_->pack(tail_)) {
      next.bytes = std::make_shared<const std::string>(std::move(*packed));
      next.compressed = true;
    }
  }
  if (!next.compressed) {
    tail_.shrink_to_fit();
    next.bytes = std::make_shared<const std::string>(std::move(tail_));
  }
  tail_.clear();
  chunks_.push_back(std::move(next));
}

std::shared_ptr<const std::string> literal_store::open_chunk(const chunk& which) const {
  if (!which.compressed)
    return which.bytes;
  if (auto known = cache_->find(which.bytes))
    return known;
  auto plain = std::make_shared<std::string>(which.size, '\0');
  auto length =
      ZSTD_decompress(plain->data(), plain->size(), which.bytes->data(), which.bytes->size());
  // We made these bytes ourselves: this is broken memory, and going on would write a wrong archive.
  if (length != which.size)
    throw std::logic_error{"a chunk of literals does not decompress"};
  cache_->insert(which.bytes, plain);
  return plain;
}

void literal_store::read(uint64_t from, std::span<std::byte> out) const {
  assert(from + out.size() <= size_);
  auto next = std::ranges::upper_bound(chunks_, from, {}, &chunk::begin);
  if (next != chunks_.begin())
    --next;
  while (!out.empty()) {
    std::shared_ptr<const std::string> opened;
    std::string_view available = tail_;
    uint64_t begin = size_ - tail_.size();
    if (next != chunks_.end() && from < next->begin + next->size) {
      opened = open_chunk(*next);
      available = *opened;
      begin = next->begin;
      ++next;
    }
    assert(from >= begin && from - begin < available.size());
    auto part = available.substr(from - begin, out.size());
    std::memcpy(out.data(), part.data(), part.size());
    out = out.subspan(part.size());
    from += part.size();
  }
}

} // namespace floe
