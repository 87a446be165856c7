// How fast a window becomes a frame, by method, for what compresses and what does not.
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

void digest_a_frame(benchmark::State& state) {
  const auto content = window_of(256);
  for ([[maybe_unused]] auto _ : state) {
    auto digest = sha256_of(content);
    benchmark::DoNotOptimize(digest);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(content.size()));
}
BENCHMARK(digest_a_frame);

} // namespace
