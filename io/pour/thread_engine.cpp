// The io_engine of hosts without io_uring: plain pread and pwrite on a few threads.
#include "io/posix/worker_pool.hpp"
#include "io/pour/io_engine.hpp"

#include <cerrno>
#include <unistd.h>
#include <utility>

namespace floe {

namespace {

class thread_engine final : public io_engine {
 public:
  explicit thread_engine(size_t threads) : pool_{make_worker_pool(threads)} {}

  void submit(io_request request, completion done) override {
    pool_->submit([request, done = std::move(done)] { done(perform(request)); });
  }

 private:
  static int64_t perform(const io_request& request) {
    const auto offset = static_cast<off_t>(request.offset);
    const auto bytes = request.bytes;
    const auto result = request.operation == io_operation::read
                            ? ::pread(request.fd, bytes.data(), bytes.size(), offset)
                            : ::pwrite(request.fd, bytes.data(), bytes.size(), offset);
    return result < 0 ? -errno : result;
  }

  std::unique_ptr<worker_pool> pool_;
};

} // namespace

std::unique_ptr<io_engine> make_thread_engine(size_t threads) {
  return std::make_unique<thread_engine>(threads);
}

} // namespace floe
