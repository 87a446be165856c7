// Requests that always end: with a reply, with an error, or with the news that the receiver is
// gone. CAF 0.17 fails a request to an actor that is dead already, but not one whose receiver dies
// before it answers (caf.md section 4, pitfalls 1, 2 and 5), and its timeouts stay in the clock
// after the reply. So receivers are watched instead.
#pragma once

#include "messages/common.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

namespace floe {

/// Says that the receiver of a guarded request has ended.
/// Sent by: whatever thread ended it, to the actor that asked. Reply: none.
struct receiver_ended {
  uint64_t tag = 0;

  static constexpr const char* message_name = "receiver_ended";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("tag", self.tag));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_guard, caf::first_custom_type_id + 45)
  CAF_ADD_TYPE_ID(floe_guard, (floe::receiver_ended))
CAF_END_TYPE_ID_BLOCK(floe_guard)

namespace floe {

/// A part of an actor's state. The actor's internal interface handles receiver_ended by calling
/// on_ended.
template <class Handle>
class guarded_requests {
 public:
  using pointer = typename Handle::pointer;
  using error_handler = std::function<void(error)>;

  explicit guarded_requests(pointer self) : self_{self} {}

  /// Sends \p message to \p receiver. Exactly one of \p on_reply and \p on_error is called, unless
  /// this actor ends before. \p subject names the thing asked for, for errors that are CAF's own.
  template <class Reply, class Receiver, class Message, class Then>
  void ask(const Receiver& receiver, Message&& message, std::string subject, Then on_reply,
           error_handler on_error) {
    const auto tag = ++last_tag_;
    pending_.emplace(tag, pending_request{subject, on_error});
    watch(receiver,
          [target = Handle{self_}, tag](const caf::error&) { tell(target, receiver_ended{tag}); });
    floe::ask(self_, receiver, caf::infinite, std::forward<Message>(message))
        .then(
            [this, tag, on_reply = std::move(on_reply)](Reply reply) mutable {
              if (pending_.erase(tag) > 0)
                on_reply(std::move(reply));
            },
            [this, tag, subject](const caf::error& why) { fail(tag, to_error(why, subject)); });
  }

  void on_ended(const receiver_ended& ended) {
    auto node = pending_.find(ended.tag);
    if (node != pending_.end())
      fail(ended.tag, {error_code::lost, node->second.subject,
                       "the actor that worked on it ended unexpectedly",
                       "try again, and report this if it happens twice"});
  }

 private:
  struct pending_request {
    std::string subject;
    error_handler on_error;
  };

  void fail(uint64_t tag, error why) {
    auto node = pending_.extract(tag);
    if (!node.empty())
      node.mapped().on_error(std::move(why));
  }

  pointer self_;
  uint64_t last_tag_ = 0;
  std::unordered_map<uint64_t, pending_request> pending_;
};

} // namespace floe
