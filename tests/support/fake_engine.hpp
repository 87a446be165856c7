// Engines for tests: one that works at once on the calling thread, and one that injects faults into
// another.
#pragma once

#include "io/pour/io_engine.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unistd.h>
#include <utility>

namespace floe::test {

/// Completes each request before submit returns, so that a test is the same in every run.
class inline_engine final : public io_engine {
 public:
  void submit(io_request request, completion done) override {
    const auto offset = static_cast<off_t>(request.offset);
    const auto bytes = request.bytes;
    const auto result = request.operation == io_operation::read
                            ? ::pread(request.fd, bytes.data(), bytes.size(), offset)
                            : ::pwrite(request.fd, bytes.data(), bytes.size(), offset);
    done(result < 0 ? -errno : result);
  }
};

/// What happens to a request: nothing special, it fails with -errno, or it transfers at most so
/// many bytes.
using fault = std::optional<int64_t>;
using fault_script = std::function<fault(const io_request&)>;

class faulty_engine final : public io_engine {
 public:
  faulty_engine(std::unique_ptr<io_engine> inner, fault_script script)
      : inner_{std::move(inner)}, script_{std::move(script)} {}

  void submit(io_request request, completion done) override {
    const auto what = ask(request);
    if (what && *what < 0)
      return done(*what);
    if (what && static_cast<size_t>(*what) < request.bytes.size())
      request.bytes = request.bytes.first(static_cast<size_t>(*what));
    inner_->submit(request, std::move(done));
  }

 private:
  fault ask(const io_request& request) {
    std::lock_guard lock{mutex_};
    return script_(request);
  }

  std::mutex mutex_;
  std::unique_ptr<io_engine> inner_;
  fault_script script_;
};

/// Short transfers and interruptions in turn; with a steady engine around, nobody notices.
inline fault_script nuisances() {
  return [count = 0](const io_request& request) mutable -> fault {
    switch (count++ % 5) {
    case 0:
      return -EINTR;
    case 1:
      return static_cast<int64_t>((request.bytes.size() + 1) / 2);
    case 2:
      return -EAGAIN;
    case 3:
      return std::min<int64_t>(1, static_cast<int64_t>(request.bytes.size()));
    default:
      return std::nullopt;
    }
  };
}

} // namespace floe::test
