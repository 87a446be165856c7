#include "actors/group.hpp"

#include <utility>

namespace floe {

group::group(handle::pointer self, size_t members, std::string subject)
    : self_{self}, members_{members}, subject_{std::move(subject)} {}

group::handle::behavior_type group::make_behavior() {
  return {
      [this](const pass_gate& request) { return on_pass(request); },
      [this](const leave_group& request) { return on_leave(request); },
  };
}

error group::failure() const {
  return {error_code::cancelled, subject_, "it is saved as a whole or not at all, and " + *failed_,
          "see the message of that container"};
}

caf::result<gate_open> group::on_pass(const pass_gate& request) {
  if (failed_)
    return to_caf(failure());
  auto answer = self_->make_response_promise<gate_open>();
  auto& waiting = waiting_[static_cast<size_t>(request.gate)];
  waiting.push_back(answer);
  if (waiting.size() == members_)
    for (auto& each : std::exchange(waiting, {}))
      fulfil(each, gate_open{request.gate});
  return answer;
}

caf::result<void> group::on_leave(const leave_group& request) {
  if (!failed_)
    failed_ = request.why;
  for (auto& waiting : waiting_)
    for (auto& each : std::exchange(waiting, {}))
      refuse(each, to_caf(failure()));
  return caf::unit;
}

} // namespace floe
