// Lets an actor have blocking work done on a worker thread and go on when it is done, on its own
// thread.
#pragma once

#include "io/posix/worker_pool.hpp"
#include "messages/caf_compat.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace floe {

/// Says that a piece of blocking work is done.
/// Sent by: a worker thread, to the actor that wanted the work. Reply: none.
struct work_done {
  uint64_t tag = 0;

  static constexpr const char* message_name = "work_done";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("tag", self.tag));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_blocking, caf::first_custom_type_id + 40)
  CAF_ADD_TYPE_ID(floe_blocking, (floe::work_done))
CAF_END_TYPE_ID_BLOCK(floe_blocking)

namespace floe {

/// A part of an actor's state. The actor's internal interface handles work_done by calling on_done.
template <class Handle>
class blocking_calls {
 public:
  using pointer = typename Handle::pointer;

  blocking_calls(pointer self, worker_pool& pool) : self_{self}, pool_{pool} {}

  /// Runs \p work on a worker; its result is given to \p then on the actor's thread. If the actor
  /// ends before, the result is destroyed on the worker and \p then is never called.
  template <class Work, class Then>
  void run(Work work, Then then) {
    using value = std::invoke_result_t<Work&>;
    auto result = std::make_shared<std::optional<value>>();
    const auto tag = ++last_tag_;
    pending_.emplace(tag,
                     [result, then = std::move(then)]() mutable { then(std::move(**result)); });
    pool_.submit([result, work = std::move(work), target = Handle{self_}, tag]() mutable {
      {
        // What the work refers to is released before the actor hears of it: a session that rolls
        // back when its last reference goes must have done so by then.
        auto once = std::move(work);
        result->emplace(once());
      }
      tell(target, work_done{tag});
    });
  }

  void on_done(const work_done& done) {
    auto node = pending_.extract(done.tag);
    if (!node.empty())
      node.mapped()();
  }

 private:
  pointer self_;
  worker_pool& pool_;
  uint64_t last_tag_ = 0;
  std::unordered_map<uint64_t, std::function<void()>> pending_;
};

} // namespace floe
