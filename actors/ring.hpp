// Turns requests for file data into operations of an io_engine. The protocol is in
// messages/ring.hpp.
#pragma once

#include "io/posix/worker_pool.hpp"
#include "io/pour/io_engine.hpp"
#include "messages/ring.hpp"

#include <functional>
#include <memory>
#include <unordered_map>

namespace floe {

/// Says that an operation is complete.
/// Sent by: a thread of the engine or of the pool, to the ring. Reply: none.
struct transfer_done {
  uint64_t tag = 0;

  static constexpr const char* message_name = "transfer_done";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("tag", self.tag));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_transfer, caf::first_custom_type_id + 215)
  CAF_ADD_TYPE_ID(floe_transfer, (floe::transfer_done))
CAF_END_TYPE_ID_BLOCK(floe_transfer)

namespace floe {

/// Implements ring_handle. Completions come from foreign threads and become replies on the actor's
/// own.
class ring {
 public:
  using handle = extended_api<ring_handle, caf::result<void>(transfer_done)>;
  static constexpr const char* name = "ring";

  /// Both outlive the actor system. \p engine is a steady one.
  ring(handle::pointer self, io_engine& engine, worker_pool& pool);

  /// Answers what is still under way.
  ~ring();
  ring(const ring&) = delete;
  ring& operator=(const ring&) = delete;

  handle::behavior_type make_behavior();

 private:
  using outcome = expected<void>;
  using promise = caf::typed_response_promise<void>;

  struct operation {
    promise answer;
    std::shared_ptr<outcome> result; ///< written by a foreign thread before it sends transfer_done
  };

  caf::result<void> on_fill(const fill_slot& request);
  caf::result<void> on_write(const write_block& request);
  caf::result<void> on_done(const transfer_done& done);

  /// Begins an operation: \p start gets the function that ends it.
  caf::result<void> begin(const std::function<void(std::function<void(outcome)>)>& start);

  handle::pointer self_;
  io_engine& engine_;
  worker_pool& pool_;
  uint64_t last_tag_ = 0;
  std::unordered_map<uint64_t, operation> under_way_;
};

} // namespace floe
