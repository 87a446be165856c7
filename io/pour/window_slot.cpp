#include "io/pour/window_slot.hpp"

#include "io/pour/window_fill.hpp"

#include <atomic>
#include <utility>

namespace floe {

namespace {

/// A window that is being filled. It lives as long as a step of it is under way.
class slot_filling : public std::enable_shared_from_this<slot_filling> {
 public:
  slot_filling(std::shared_ptr<window_slot> slot, io_engine& engine, worker_pool& pool,
               std::function<void(expected<void>)> done)
      : slot_{std::move(slot)}, engine_{engine}, pool_{pool}, done_{std::move(done)},
        fill_{*slot_->content, slot_->which, slot_->content_bytes()} {}

  void begin() {
    pool_.submit([self = shared_from_this()] { self->begin_on_worker(); });
  }

 private:
  void begin_on_worker() {
    if (auto begun = fill_.begin(); !begun)
      return done_(std::move(begun));
    const auto reads = fill_.reads();
    if (reads.empty())
      return finish();
    open_reads_ = reads.size();
    for (auto& read : reads)
      engine_.submit(io_request::read(read.fd, read.offset, read.out),
                     [self = shared_from_this(), &read](int64_t result) {
                       read.result = result;
                       self->read_is_done();
                     });
  }

  void read_is_done() {
    if (--open_reads_ == 0)
      pool_.submit([self = shared_from_this()] { self->finish(); });
  }

  void finish() {
    auto changes = fill_.finish();
    if (!changes)
      return done_(tl::unexpected{std::move(changes.error())});
    slot_->changes = std::move(*changes);
    done_({});
  }

  std::shared_ptr<window_slot> slot_;
  io_engine& engine_;
  worker_pool& pool_;
  std::function<void(expected<void>)> done_;
  window_fill fill_;
  std::atomic<size_t> open_reads_ = 0;
};

} // namespace

void fill_slot_content(std::shared_ptr<window_slot> slot, io_engine& engine, worker_pool& pool,
                       std::function<void(expected<void>)> done) {
  std::make_shared<slot_filling>(std::move(slot), engine, pool, std::move(done))->begin();
}

} // namespace floe
