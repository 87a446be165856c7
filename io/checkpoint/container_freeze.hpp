// How long and by whom a container is kept from running: a session and the dump that works for it
// both have it in hand.
#pragma once

#include "io/container/cgroup_freezer.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>

namespace floe {

/// May be used by several threads at once.
class container_freeze {
 public:
  /// Stops the processes. Harmless if they stand still. Errors: freeze_failed, cancelled.
  expected<void> begin(const cgroup_freezer& freezer, const std::stop_token& stop);

  /// Lets them go on. Harmless if they do. Errors: freeze_failed.
  expected<void> end();

  bool is_active() const;

  /// Of all freezes, up to now.
  std::chrono::microseconds time() const;

 private:
  mutable std::mutex mutex_; ///< guards what follows
  std::optional<frozen_cgroup> frozen_;
  std::chrono::microseconds before_{0}; ///< of freezes that have ended
};

} // namespace floe
