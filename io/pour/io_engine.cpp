#include "io/pour/io_engine.hpp"

#include <cerrno>
#include <utility>

namespace floe {

namespace {

constexpr size_t threads_default = 4;

/// A file that keeps saying "try again" is reported as it is after so many times.
constexpr int retries_max = 1000;

class steady_engine final : public io_engine {
 public:
  explicit steady_engine(std::unique_ptr<io_engine> inner) : inner_{std::move(inner)} {}

  void submit(io_request request, completion done) override {
    transfer({request, 0, 0, std::move(done)});
  }

 private:
  struct transfer_state {
    io_request rest;
    int64_t transferred = 0;
    int retries = 0;
    completion done;
  };

  void transfer(transfer_state state) {
    const auto rest = state.rest;
    inner_->submit(rest, [this, state = std::move(state)](int64_t result) mutable {
      go_on(std::move(state), result);
    });
  }

  void go_on(transfer_state state, int64_t result) {
    if ((result == -EINTR || result == -EAGAIN) && state.retries < retries_max) {
      ++state.retries;
      return transfer(std::move(state));
    }
    if (result < 0)
      return state.done(result);
    if (result == 0 && !state.rest.bytes.empty() && state.rest.operation == io_operation::write)
      return state.done(-EIO); // writes nothing and does not say why
    state.retries = 0;
    state.transferred += result;
    state.rest.offset += static_cast<uint64_t>(result);
    state.rest.bytes = state.rest.bytes.subspan(static_cast<size_t>(result));
    if (result == 0 || state.rest.bytes.empty())
      return state.done(state.transferred);
    transfer(std::move(state));
  }

  std::unique_ptr<io_engine> inner_;
};

} // namespace

io_request io_request::read(int fd, uint64_t offset, std::span<std::byte> out) {
  return {io_operation::read, fd, offset, out};
}

io_request io_request::write(int fd, uint64_t offset, std::span<const std::byte> bytes) {
  // One kind of span for both directions; no engine writes into what it writes from.
  return {io_operation::write, fd, offset, {const_cast<std::byte*>(bytes.data()), bytes.size()}};
}

std::unique_ptr<io_engine> make_steady_engine(std::unique_ptr<io_engine> inner) {
  return std::make_unique<steady_engine>(std::move(inner));
}

expected<active_io_engine> make_io_engine(io_preference preference) {
  std::string reason = "threads were asked for";
  if (preference != io_preference::threads) {
    auto uring = make_uring_engine();
    if (uring)
      return active_io_engine{make_steady_engine(std::move(*uring)), "io_uring", ""};
    if (preference == io_preference::uring)
      return tl::unexpected{std::move(uring.error())};
    reason = describe(uring.error());
  }
  return active_io_engine{make_steady_engine(make_thread_engine(threads_default)), "threads",
                          std::move(reason)};
}

} // namespace floe
