// Keeps checkpoints together: none goes on before all have come as far. The protocol is in
// messages/group.hpp.
#pragma once

#include "messages/group.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace floe {

/// Implements group_handle.
class group {
 public:
  using handle = group_handle;
  static constexpr const char* name = "group";

  /// \p subject names what belongs together, for errors.
  group(handle::pointer self, size_t members, std::string subject);

  handle::behavior_type make_behavior();

 private:
  using promise = caf::typed_response_promise<gate_open>;

  caf::result<gate_open> on_pass(const pass_gate& request);
  caf::result<void> on_leave(const leave_group& request);
  error failure() const;

  handle::pointer self_;
  size_t members_;
  std::string subject_;
  std::array<std::vector<promise>, 3> waiting_; ///< by gate
  std::optional<std::string> failed_;           ///< why
};

} // namespace floe
