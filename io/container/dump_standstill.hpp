// When a container is made to stand still for its dump, and what CRIU is told of that.
#pragma once

#include "io/container/criu_gate.hpp"
#include "io/container/oci_runtime.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace floe {

/// Of one run of the runtime, which starts CRIU more than once: to ask for its version, and, with
/// the directory of the images open, for the dump.
class dump_standstill {
 public:
  /// \p dump outlives it. \p skips_lock: CRIU knows `network-lock skip`.
  dump_standstill(const dump_request& dump, bool skips_lock, std::stop_token stop)
      : dump_{dump}, skips_lock_{skips_lock}, stop_{std::move(stop)} {}

  /// Before the runtime is started: the container will stand still when the CRIU that dumps it is
  /// ready, or does so now where that cannot be arranged. Errors: those of stand_still.
  expected<void> await_criu();

  /// Before the runtime is started: the container stands still now. Errors: those of stand_still.
  expected<void> begin_at_once();

  /// The value of CRIU_CONFIG_FILE; empty: there is nothing to be told.
  std::string configuration_path() const;

  /// After the runtime has ended: whether the container came to stand still. False: no CRIU read
  /// its configuration for a dump. Errors: those of stand_still.
  expected<bool> end();

 private:
  criu_gate::answer let_in(pid_t criu);
  std::string configuration() const;

  const dump_request& dump_;
  bool skips_lock_;
  std::stop_token stop_;
  std::optional<expected<bool>> needs_lock_; ///< by the gate's thread as long as there is a gate
  unique_fd file_;
  std::unique_ptr<criu_gate> gate_;
};

} // namespace floe
