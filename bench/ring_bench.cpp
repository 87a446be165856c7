// What the ring could do beyond plain reads: buffers that the kernel knows, and small files opened,
// read and closed by one chain of requests, in the order of the directory or of the inodes. What
// floe does of it, and why not the rest, is in README.md.
#include "bench/tree_of_files.hpp"
#include "io/posix/unique_fd.hpp"

#include <benchmark/benchmark.h>
#include <liburing.h>

#include <algorithm>
#include <array>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace floe;

constexpr size_t window_bytes = size_t{4} << 20;

/// A ring for as long as a benchmark runs.
class small_ring {
 public:
  explicit small_ring(unsigned entries) : works_{::io_uring_queue_init(entries, &ring_, 0) == 0} {}
  ~small_ring() {
    if (works_)
      ::io_uring_queue_exit(&ring_);
  }
  small_ring(const small_ring&) = delete;
  small_ring& operator=(const small_ring&) = delete;

  explicit operator bool() const { return works_; }
  io_uring* get() { return &ring_; }
  io_uring_sqe* next() { return ::io_uring_get_sqe(&ring_); }

  /// False if one of \p count requests failed.
  bool finish(unsigned count) {
    bool all = ::io_uring_submit_and_wait(&ring_, count) >= 0;
    for (unsigned i = 0; i < count; ++i) {
      io_uring_cqe* done = nullptr;
      all = ::io_uring_wait_cqe(&ring_, &done) == 0 && done->res >= 0 && all;
      ::io_uring_cqe_seen(&ring_, done);
    }
    return all;
  }

 private:
  io_uring ring_{};
  bool works_;
};

// -- windows --------------------------------------------------------------------

void read_a_window(benchmark::State& state, bool registered) {
  const bench::tree_of_files file{1, window_bytes};
  const unique_fd source{::open((file.path() + "/0/0").c_str(), O_RDONLY | O_CLOEXEC)};
  std::vector<std::byte> window(window_bytes);
  const iovec buffer{window.data(), window.size()};
  small_ring ring{4};
  if (!ring || (registered && ::io_uring_register_buffers(ring.get(), &buffer, 1) != 0))
    return state.SkipWithError("io_uring cannot be used here");
  for ([[maybe_unused]] auto _ : state) {
    if (registered)
      ::io_uring_prep_read_fixed(ring.next(), source.get(), window.data(), window_bytes, 0, 0);
    else
      ::io_uring_prep_read(ring.next(), source.get(), window.data(), window_bytes, 0);
    if (!ring.finish(1))
      state.SkipWithError("the file cannot be read");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(window_bytes));
}
BENCHMARK_CAPTURE(read_a_window, plain, false);
BENCHMARK_CAPTURE(read_a_window, registered, true);

// -- small files ----------------------------------------------------------------

constexpr size_t small_bytes = 4096;
constexpr size_t small_files = 10'000;
constexpr size_t chains_at_once = 32;

struct listed_file {
  std::string path;
  ino_t inode;
};

/// In the order of their directories.
std::vector<listed_file> files_of(const std::string& root) {
  std::vector<listed_file> files;
  for (const auto& directory : std::filesystem::directory_iterator{root}) {
    DIR* stream = ::opendir(directory.path().c_str());
    while (const auto* entry = stream != nullptr ? ::readdir(stream) : nullptr)
      if (entry->d_type == DT_REG)
        files.push_back({directory.path() / static_cast<const char*>(entry->d_name), entry->d_ino});
    if (stream != nullptr)
      ::closedir(stream);
  }
  return files;
}

bool forget_caches() {
  ::sync();
  std::ofstream caches{"/proc/sys/vm/drop_caches"};
  return static_cast<bool>(caches << "3" << std::flush);
}

bool read_plainly(const std::vector<listed_file>& files) {
  std::array<std::byte, small_bytes> bytes;
  return std::ranges::all_of(files, [&](const listed_file& each) {
    const unique_fd file{::open(each.path.c_str(), O_RDONLY | O_CLOEXEC)};
    return ::pread(file.get(), bytes.data(), bytes.size(), 0) == small_bytes;
  });
}

/// Opened, read and closed by three requests of one chain each.
bool read_by_chains(const std::vector<listed_file>& files, small_ring& ring) {
  std::vector<std::array<std::byte, small_bytes>> bytes(chains_at_once);
  bool all = true;
  for (size_t at = 0; at < files.size() && all; at += chains_at_once) {
    const auto count = std::min(chains_at_once, files.size() - at);
    for (unsigned i = 0; i < count; ++i) {
      auto* opened = ring.next();
      ::io_uring_prep_openat_direct(opened, AT_FDCWD, files[at + i].path.c_str(), O_RDONLY, 0, i);
      opened->flags |= IOSQE_IO_LINK;
      auto* read = ring.next();
      ::io_uring_prep_read(read, static_cast<int>(i), bytes[i].data(), small_bytes, 0);
      read->flags |= IOSQE_IO_LINK | IOSQE_FIXED_FILE;
      ::io_uring_prep_close_direct(ring.next(), i);
    }
    all = ring.finish(static_cast<unsigned>(3 * count));
  }
  return all;
}

enum class order { directory, inode };

void read_small_files(benchmark::State& state, bool cold, order by, bool chained) {
  const bench::tree_of_files tree{small_files, small_bytes};
  auto files = files_of(tree.path());
  if (by == order::inode)
    std::ranges::sort(files, {}, &listed_file::inode);
  small_ring ring{4 * chains_at_once};
  if (chained && (!ring || ::io_uring_register_files_sparse(ring.get(), chains_at_once) != 0))
    return state.SkipWithError("io_uring cannot be used here");
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    if (cold && !forget_caches())
      state.SkipWithError("only root can empty the kernel's caches");
    state.ResumeTiming();
    if (!(chained ? read_by_chains(files, ring) : read_plainly(files)))
      state.SkipWithError("the files cannot be read");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(files.size()));
}
BENCHMARK_CAPTURE(read_small_files, warm, false, order::directory, false)->UseRealTime();
BENCHMARK_CAPTURE(read_small_files, warm_chained, false, order::directory, true)->UseRealTime();
BENCHMARK_CAPTURE(read_small_files, cold, true, order::directory, false)->UseRealTime();
BENCHMARK_CAPTURE(read_small_files, cold_by_inode, true, order::inode, false)->UseRealTime();
BENCHMARK_CAPTURE(read_small_files, cold_chained, true, order::directory, true)->UseRealTime();

} // namespace
