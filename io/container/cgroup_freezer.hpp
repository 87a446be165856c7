// Stops all processes of a container at once and lets them go on, by the cgroup freezer of either
// cgroup version.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace floe {

/// One cgroup that can be frozen. Copyable; owns nothing.
class cgroup_freezer {
 public:
  /// The freezer of the cgroup that \p pid is in, usually a container's first process. Refuses a
  /// cgroup that holds this very process too, as the root: freezing it would freeze us. Errors:
  /// freeze_failed.
  static expected<cgroup_freezer> of_process(pid_t pid);

  /// Freezes and waits until every process stands still. Harmless if it is frozen already. If that
  /// fails the cgroup is thawed again. Errors: freeze_failed (also when \p limit is over),
  /// cancelled.
  expected<void> freeze(std::chrono::milliseconds limit = std::chrono::seconds{10},
                        const std::stop_token& stop = {}) const;

  /// Harmless if it is not frozen, or gone. Errors: freeze_failed.
  expected<void> thaw() const;

  /// Frozen or on the way to it. A cgroup that is gone is not frozen.
  bool is_frozen() const;

  const std::string& directory() const { return directory_; }

 private:
  friend std::optional<cgroup_freezer> find_freezer(std::string_view, std::string_view);
  cgroup_freezer(std::string directory, bool unified)
      : directory_{std::move(directory)}, unified_{unified} {}

  expected<void> await_frozen(std::chrono::milliseconds limit, const std::stop_token& stop) const;
  expected<void> await_frozen_v1(std::chrono::milliseconds limit,
                                 const std::stop_token& stop) const;

  std::string directory_;
  bool unified_ = false; ///< cgroup v2
};

/// The freezer that the texts of /proc/PID/cgroup and /proc/self/mountinfo lead to. The v1
/// hierarchy wins where both exist: on such hybrid hosts runtimes use v1. Nothing if there is none,
/// or if it is the root of its hierarchy.
std::optional<cgroup_freezer> find_freezer(std::string_view process_cgroups,
                                           std::string_view mountinfo);

/// Keeps a cgroup frozen and thaws it when destroyed, unless it was released.
class frozen_cgroup {
 public:
  /// Errors: as cgroup_freezer::freeze.
  static expected<frozen_cgroup> freeze(cgroup_freezer freezer,
                                        std::chrono::milliseconds limit = std::chrono::seconds{10},
                                        const std::stop_token& stop = {});
  frozen_cgroup(frozen_cgroup&& other) noexcept;
  frozen_cgroup& operator=(frozen_cgroup&&) = delete;
  ~frozen_cgroup();

  /// Ends the freeze. Harmless when it has ended.
  expected<void> thaw();

  /// Leaves the cgroup frozen: its processes are gone, or somebody else thaws it.
  void release();

  const cgroup_freezer& freezer() const { return freezer_; }

  /// From the request to freeze until thaw or release, or until now.
  std::chrono::microseconds frozen_time() const;

 private:
  explicit frozen_cgroup(cgroup_freezer freezer);

  cgroup_freezer freezer_;
  std::chrono::steady_clock::time_point since_;
  std::optional<std::chrono::steady_clock::time_point> until_;
};

} // namespace floe
