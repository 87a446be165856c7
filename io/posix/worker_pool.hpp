// Threads for work that blocks: directory walks, waiting for processes, mounts, extraction.
// Scheduler threads never do.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace floe {

/// An interface, so that tests can run the work when they want.
class worker_pool {
 public:
  virtual ~worker_pool() = default;

  /// Runs \p work on some worker, later. Thread-safe.
  virtual void submit(std::function<void()> work) = 0;

  /// Waits for all work. What is submitted from then on is destroyed without being run. Not to be
  /// called by a worker.
  virtual void finish() {}
};

/// A pool of \p threads. Its destructor waits for the work under way and for what was submitted
/// before.
std::unique_ptr<worker_pool> make_worker_pool(size_t threads);

} // namespace floe
