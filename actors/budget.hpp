// Shares the memory for windows among the archives that are being written. The protocol is in
// messages/budget.hpp.
#pragma once

#include "messages/budget.hpp"

#include <deque>
#include <unordered_map>

namespace floe {

/// Says that an actor that has or wants windows has ended.
/// Sent by: whatever thread ended it, to the budget. Reply: none.
struct holder_ended {
  uint64_t holder = 0;

  static constexpr const char* message_name = "holder_ended";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("holder", self.holder));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_holder, caf::first_custom_type_id + 165)
  CAF_ADD_TYPE_ID(floe_holder, (floe::holder_ended))
CAF_END_TYPE_ID_BLOCK(floe_holder)

namespace floe {

/// Implements budget_handle. One job gets up to half of what is free, so that the next ones find
/// something; a job that finds less than the minimum waits.
class budget {
 public:
  using handle = extended_api<budget_handle, caf::result<void>(holder_ended)>;
  static constexpr const char* name = "budget";

  /// \p windows: in memory at once, over all archives.
  budget(handle::pointer self, uint32_t windows);

  handle::behavior_type make_behavior();

 private:
  struct waiting_job {
    uint64_t holder;
    uint32_t wanted;
    caf::typed_response_promise<windows_reserved> answer;
  };

  caf::result<windows_reserved> on_reserve(const reserve_windows& request);
  void serve();
  void take_back(uint64_t holder);
  uint64_t sender() const;

  handle::pointer self_;
  uint32_t free_;
  std::unordered_map<uint64_t, uint32_t> held_; ///< holder → windows
  std::deque<waiting_job> waiting_;
};

} // namespace floe
