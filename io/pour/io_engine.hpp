// Reads and writes files asynchronously: through io_uring where the kernel lets us, else with
// threads. What blocks by nature (opening a file safely is several calls, syncing, renaming) is not
// its business but a worker_pool's.
#pragma once

#include "model/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace floe {

enum class io_operation : uint8_t { read, write };

struct io_request {
  io_operation operation = io_operation::read;
  int fd = -1;
  uint64_t offset = 0;
  std::span<std::byte> bytes; ///< read into, or written from and then not touched

  static io_request read(int fd, uint64_t offset, std::span<std::byte> out);
  static io_request write(int fd, uint64_t offset, std::span<const std::byte> bytes);
};

class io_engine {
 public:
  /// Called once, on a thread of the engine, with the number of bytes or -errno. It may submit.
  using completion = std::function<void(int64_t)>;

  /// Waits until everything that was submitted is complete.
  virtual ~io_engine() = default;

  /// Descriptor and bytes must stay valid until \p done is called. Thread-safe.
  virtual void submit(io_request request, completion done) = 0;
};

/// One system call for each request: it may transfer less than it was asked to. Errors:
/// unsupported, with the kernel's reason and what to do about it.
expected<std::unique_ptr<io_engine>> make_uring_engine();

/// One system call for each request, on one of \p threads.
std::unique_ptr<io_engine> make_thread_engine(size_t threads);

/// Transfers everything: goes on after short transfers and repeats what a signal interrupted. A
/// read ends early only at the end of the file, a write only with an error.
std::unique_ptr<io_engine> make_steady_engine(std::unique_ptr<io_engine> inner);

enum class io_preference : uint8_t { automatic, uring, threads };

struct active_io_engine {
  std::unique_ptr<io_engine> engine; ///< a steady one
  std::string name;                  ///< `io_uring` or `threads`
  std::string reason;                ///< why it is not io_uring; empty otherwise
};

/// The best engine that works here. Errors: unsupported, if io_uring is asked for and not usable.
expected<active_io_engine> make_io_engine(io_preference preference = io_preference::automatic);

} // namespace floe
