// The io_engine on io_uring: one thread owns the ring, others hand it requests through a queue and
// wake it by an eventfd.
#include "io/posix/unique_fd.hpp"
#include "io/pour/io_engine.hpp"

#include <liburing.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <deque>
#include <fstream>
#include <future>
#include <mutex>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace floe {

namespace {

constexpr unsigned ring_entries = 256;
constexpr size_t in_flight_max = ring_entries - 1; ///< one entry is the wake-up's

/// What the kernel's answer to setting up a ring means for the user.
error refusal(int error_number) {
  error out{error_code::unsupported, "io_uring",
            "the kernel refuses it: " + std::generic_category().message(error_number), ""};
  int disabled = 0;
  if (std::ifstream{"/proc/sys/kernel/io_uring_disabled"} >> disabled && disabled != 0) {
    out.cause = "kernel.io_uring_disabled is " + std::to_string(disabled);
    out.advice = "set it to 0 with sysctl to make archives faster";
  } else if (error_number == ENOSYS) {
    out.cause = "this kernel has none";
    out.advice = "use Linux 5.6 or later to make archives faster";
  } else if (error_number == EPERM) {
    out.advice = "allow io_uring_setup in the seccomp profile that floe runs under";
  } else if (error_number == ENOMEM) {
    out.advice = "raise the limit of locked memory (ulimit -l)";
  }
  return out;
}

/// 0 or -errno. The single-issuer mode saves interrupts and needs Linux 6.1.
int set_up(io_uring& ring) {
  io_uring_params parameters{};
  parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  auto result = io_uring_queue_init_params(ring_entries, &ring, &parameters);
  if (result != -EINVAL)
    return result;
  parameters = {};
  return io_uring_queue_init_params(ring_entries, &ring, &parameters);
}

bool knows_operations(io_uring& ring) {
  auto* probe = io_uring_get_probe_ring(&ring);
  if (probe == nullptr)
    return false;
  const bool known = io_uring_opcode_supported(probe, IORING_OP_READ) != 0 &&
                     io_uring_opcode_supported(probe, IORING_OP_WRITE) != 0;
  io_uring_free_probe(probe);
  return known;
}

class uring_engine final : public io_engine {
 public:
  uring_engine() : wake_{::eventfd(0, EFD_CLOEXEC)} {
    std::promise<int> started;
    auto result = started.get_future();
    // The ring belongs to the thread that makes it.
    thread_ = std::jthread{[this, started = std::move(started)]() mutable { run(started); }};
    set_up_result_ = result.get();
  }

  ~uring_engine() override {
    {
      std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    wake();
  }

  /// 0, or the -errno of setting up the ring: the engine is of no use then.
  int set_up_result() const { return set_up_result_; }

  void submit(io_request request, completion done) override {
    bool was_empty = false;
    {
      std::lock_guard lock{mutex_};
      was_empty = queue_.empty();
      queue_.push_back(std::make_unique<operation>(request, std::move(done)));
    }
    if (was_empty)
      wake();
  }

 private:
  struct operation {
    operation(io_request what, completion then) : request{what}, done{std::move(then)} {}
    io_request request;
    completion done;
  };

  void wake() const {
    // An eventfd takes 2^64 - 2 wake-ups before it refuses one.
    ::eventfd_write(wake_.get(), 1);
  }

  void run(std::promise<int>& started) {
    io_uring ring{};
    auto result = wake_ ? set_up(ring) : -EMFILE;
    if (result == 0 && !knows_operations(ring)) {
      io_uring_queue_exit(&ring);
      result = -ENOSYS;
    }
    started.set_value(result);
    if (result != 0)
      return;
    arm_wake_up(ring);
    while (hand_over(ring))
      complete(ring);
    io_uring_queue_exit(&ring);
  }

  void arm_wake_up(io_uring& ring) {
    auto* entry = io_uring_get_sqe(&ring);
    io_uring_prep_read(entry, wake_.get(), &wake_ups_, sizeof wake_ups_, 0);
    io_uring_sqe_set_data(entry, nullptr);
  }

  /// Gives the kernel what is queued and waits for something to happen. False when all is done.
  bool hand_over(io_uring& ring) {
    bool last = false;
    {
      std::lock_guard lock{mutex_};
      while (!queue_.empty() && in_flight_ < in_flight_max) {
        prepare(ring, std::move(queue_.front()));
        queue_.pop_front();
      }
      last = stopping_ && in_flight_ == 0;
    }
    if (last)
      return false;
    const auto result = io_uring_submit_and_wait(&ring, 1);
    assert(result >= 0 || result == -EINTR || result == -EAGAIN || result == -EBUSY);
    static_cast<void>(result);
    return true;
  }

  void prepare(io_uring& ring, std::unique_ptr<operation> next) {
    auto* entry = io_uring_get_sqe(&ring);
    assert(entry != nullptr);
    const auto& request = next->request;
    const auto length = static_cast<unsigned>(std::min(request.bytes.size(), transfer_bytes_max));
    if (request.operation == io_operation::read)
      io_uring_prep_read(entry, request.fd, request.bytes.data(), length, request.offset);
    else
      io_uring_prep_write(entry, request.fd, request.bytes.data(), length, request.offset);
    io_uring_sqe_set_data(entry, next.release());
    ++in_flight_;
  }

  void complete(io_uring& ring) {
    std::vector<std::pair<std::unique_ptr<operation>, int>> finished;
    bool woken = false;
    unsigned seen = 0;
    unsigned head = 0;
    io_uring_cqe* entry = nullptr;
    io_uring_for_each_cqe(&ring, head, entry) {
      ++seen;
      if (auto* data = io_uring_cqe_get_data(entry))
        finished.emplace_back(static_cast<operation*>(data), entry->res);
      else
        woken = true;
    }
    io_uring_cq_advance(&ring, seen);
    in_flight_ -= finished.size();
    if (woken)
      arm_wake_up(ring);
    for (auto& [each, result] : finished)
      each->done(result);
  }

  static constexpr size_t transfer_bytes_max = size_t{1} << 30; ///< the kernel's own is near 2 GiB

  unique_fd wake_;
  uint64_t wake_ups_ = 0; ///< what a wake-up reads; of the thread
  size_t in_flight_ = 0;  ///< of the thread
  std::mutex mutex_;
  std::deque<std::unique_ptr<operation>> queue_;
  bool stopping_ = false;
  int set_up_result_ = 0;
  std::jthread thread_; ///< last: it is joined before the rest goes away
};

} // namespace

expected<std::unique_ptr<io_engine>> make_uring_engine() {
  auto engine = std::make_unique<uring_engine>();
  if (const auto result = engine->set_up_result(); result != 0)
    return tl::unexpected{refusal(-result)};
  return engine;
}

} // namespace floe
