// How fast a window becomes a frame, by method, for what compresses and what does not.
#include "io/archive/content_digest.hpp"
#include "io/pour/frame_codec.hpp"
#include "io/pour/window.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace {

using namespace floe;

/// \p letters different bytes, in no order: 256 do not compress, 16 take half.
std::vector<std::byte> window_of(unsigned letters) {
  std::vector<std::byte> bytes(window_bytes_default);
  uint64_t state = 1;
  for (auto& each : bytes) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    each = static_cast<std::byte>((state >> 40) % letters);
  }
  return bytes;
}

/// Text of words that come again, now near, now far.
std::vector<std::byte> words_of(size_t size) {
  std::vector<std::byte> bytes;
  bytes.reserve(size + 16);
  uint64_t state = 1;
  while (bytes.size() < size) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const auto text = "word" + std::to_string((state >> 40) % 20'000) + ' ';
    for (const char each : text)
      bytes.push_back(static_cast<std::byte>(each));
  }
  bytes.resize(size);
  return bytes;
}

void make_a_frame(benchmark::State& state, compression method, unsigned letters) {
  const auto content = window_of(letters);
  auto codec = make_frame_codec(method);
  if (!codec)
    return state.SkipWithError("there is no such method");
  std::vector<std::byte> frame((*codec)->frame_bytes_max(content.size()));
  for ([[maybe_unused]] auto _ : state) {
    auto made = (*codec)->encode(content, frame);
    benchmark::DoNotOptimize(made);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(content.size()));
}
BENCHMARK_CAPTURE(make_a_frame, zstd_half, compression::zstd, 16U);
BENCHMARK_CAPTURE(make_a_frame, zstd_noise, compression::zstd, 256U);
BENCHMARK_CAPTURE(make_a_frame, gzip_half, compression::gzip, 16U);
BENCHMARK_CAPTURE(make_a_frame, raw, compression::raw, 256U);

/// What a window of that many KiB costs, in time and in how well it is compressed.
void choose_a_window(benchmark::State& state) {
  const auto content = words_of(static_cast<size_t>(state.range(0)) << 10);
  auto codec = make_frame_codec(compression::zstd);
  if (!codec)
    return state.SkipWithError("there is no such method");
  std::vector<std::byte> frame((*codec)->frame_bytes_max(content.size()));
  size_t stored = 0;
  for ([[maybe_unused]] auto _ : state) {
    auto made = (*codec)->encode(content, frame);
    stored = made ? made->size() : 0;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(content.size()));
  state.counters["stored"] = static_cast<double>(stored) / static_cast<double>(content.size());
}
BENCHMARK(choose_a_window)->RangeMultiplier(4)->Range(64, 16 << 10);

void digest_a_frame(benchmark::State& state, digest_method method) {
  const auto content = window_of(256);
  for ([[maybe_unused]] auto _ : state) {
    auto digest = digest_of(method, content);
    benchmark::DoNotOptimize(digest);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(content.size()));
}
BENCHMARK_CAPTURE(digest_a_frame, sha256, digest_method::sha256);
BENCHMARK_CAPTURE(digest_a_frame, blake3, digest_method::blake3);

} // namespace
