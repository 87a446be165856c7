// What the runtime and CRIU do for a checkpoint, apart from its session: the files of the container
// can be described meanwhile.
#pragma once

#include "io/checkpoint/container_freeze.hpp"
#include "io/container/oci_runtime.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <sys/types.h>

namespace floe {

/// Made by checkpoint_session::begin_dump, for one call of run. May be used by several threads.
class dump_run {
 public:
  /// What is dumped: a container's name, for errors, and its first process.
  struct subject {
    std::string name;
    pid_t pid = 0;
  };

  /// \p freezer is of a container that is to stand still for the dump, which \p freeze keeps;
  /// nothing: CRIU stops it.
  dump_run(oci_runtime& runtime, dump_request request, subject what,
           std::shared_ptr<container_freeze> freeze, std::optional<cgroup_freezer> freezer);

  /// Dumps, and returns when that has ended. \p on_still is called as soon as the container stands
  /// still, at once if floe does not freeze it, and not at all if it comes to an error before.
  /// Errors: dump_failed, freeze_failed, timed_out, cancelled.
  expected<void> run(const std::stop_token& stop, const std::function<void()>& on_still);

  /// Has it end, or never begin, and waits for that.
  void stop();

 private:
  enum class phase : uint8_t { ready, running, ended };

  expected<void> dump(const std::function<void()>& on_still);

  oci_runtime& runtime_;
  dump_request request_;
  subject subject_;
  std::shared_ptr<container_freeze> freeze_;
  std::optional<cgroup_freezer> freezer_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable has_ended_;
  phase phase_ = phase::ready; ///< guarded by mutex_
};

} // namespace floe
