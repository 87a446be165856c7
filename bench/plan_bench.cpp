// How fast an archive's content is planned: walking a tree, making headers, reading the plan's
// bytes.
#include "bench/tree_of_files.hpp"
#include "io/plan/rope_reader.hpp"
#include "io/plan/tar_header.hpp"
#include "io/plan/tar_plan.hpp"
#include "io/plan/tree_walk.hpp"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

using namespace floe;

constexpr size_t file_bytes = 1024;

void walk_a_tree(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const bench::tree_of_files files{count, file_bytes};
  const auto tree = open_tree(files.path());
  for ([[maybe_unused]] auto _ : state) {
    size_t seen = 0;
    const tree_visitor visitor{[&](const std::string&, const file_facts&) -> expected<void> {
                                 ++seen;
                                 return {};
                               },
                               [](const std::string&) {}};
    if (!tree || !walk_tree(**tree, "", visitor, {}))
      state.SkipWithError("the tree cannot be walked");
    benchmark::DoNotOptimize(seen);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(walk_a_tree)->Arg(1000)->Arg(10'000);

void plan_a_tree(benchmark::State& state) {
  const bench::tree_of_files files{static_cast<size_t>(state.range(0)), file_bytes};
  const auto tree = open_tree(files.path());
  for ([[maybe_unused]] auto _ : state) {
    auto planned = tree ? plan_tree(*tree) : expected<tar_plan>{tl::unexpect, tree.error()};
    if (!planned)
      state.SkipWithError("the tree cannot be planned");
    benchmark::DoNotOptimize(planned);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(plan_a_tree)->Arg(1000)->Arg(10'000);

void make_a_header(benchmark::State& state) {
  tar_header_maker maker;
  tar_entry entry;
  entry.name = "srv/data/some/file/with/a/usual/name.txt";
  entry.mode = S_IFREG | 0644;
  entry.size = file_bytes;
  entry.modified_seconds = 1'700'000'000;
  entry.modified_nanoseconds = static_cast<uint32_t>(state.range(0)); // needs a pax header
  for ([[maybe_unused]] auto _ : state) {
    auto header = maker.make(entry);
    benchmark::DoNotOptimize(header);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(make_a_header)->Arg(0)->Arg(123'456'789);

void assemble_a_window(benchmark::State& state) {
  const auto bytes = static_cast<size_t>(state.range(0));
  constexpr size_t window_bytes = size_t{4} << 20;
  const bench::tree_of_files files{window_bytes / bytes, bytes};
  const auto tree = open_tree(files.path());
  const auto planned = tree ? plan_tree(*tree) : expected<tar_plan>{tl::unexpect, tree.error()};
  if (!planned)
    return state.SkipWithError("the tree cannot be planned");
  std::vector<std::byte> window(planned->content.size());
  for ([[maybe_unused]] auto _ : state)
    if (!rope_reader{planned->content}.read(0, window))
      state.SkipWithError("the files cannot be read");
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(window.size()));
}
BENCHMARK(assemble_a_window)->Arg(1024)->Arg(16 << 10)->Arg(1 << 20);

} // namespace
