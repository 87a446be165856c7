// How fast a tar becomes files.
#include "bench/tree_of_files.hpp"
#include "io/archive/extract.hpp"
#include "io/plan/rope_reader.hpp"
#include "io/plan/tar_plan.hpp"
#include "io/posix/unique_fd.hpp"
#include "tests/support/memory_source.hpp"

#include <benchmark/benchmark.h>

#include <fcntl.h>
#include <optional>
#include <span>

namespace {

using namespace floe;

std::string tar_of(size_t count, size_t bytes) {
  const bench::tree_of_files files{count, bytes};
  const auto tree = open_tree(files.path());
  const auto planned = tree ? plan_tree(*tree) : expected<tar_plan>{tl::unexpect, tree.error()};
  if (!planned)
    return {};
  std::string tar(planned->content.size(), '\0');
  const auto read = rope_reader{planned->content}.read(0, std::as_writable_bytes(std::span{tar}));
  return read ? tar : std::string{};
}

void extract_a_tar(benchmark::State& state) {
  constexpr size_t count = 500;
  const auto tar = tar_of(count, static_cast<size_t>(state.range(0)));
  std::optional<test::scratch_directory> target;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    target.emplace(); // the one before vanishes here
    const unique_fd directory{::open(target->path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    test::memory_source source{tar};
    state.ResumeTiming();
    if (!extract_tar(source, directory.get(), target->path(), {}))
      state.SkipWithError("the tar cannot be extracted");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(count));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(tar.size()));
}
BENCHMARK(extract_a_tar)->Arg(1024)->Arg(256 << 10);

} // namespace
