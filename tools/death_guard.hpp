// A process that looks after what is frozen, half written or half restored if this one is killed.
//
// It reads from a pipe that nobody but this process can write to. A byte says that all is well; its
// end without one says that this process is dead, and then it does at once what the next start of
// floe would do.
#pragma once

#include "io/container/host_settings.hpp"
#include "io/posix/process.hpp"
#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

namespace floe {

class death_guard {
 public:
  /// Starts `floe guard` with these settings. Errors: io_failed, no_such_file.
  static expected<death_guard> start(const host_settings& settings);

  death_guard(death_guard&&) noexcept = default;
  death_guard& operator=(death_guard&&) = delete;
  ~death_guard(); ///< lets it go

 private:
  death_guard(child_process process, unique_fd alive)
      : process_{std::move(process)}, alive_{std::move(alive)} {}

  child_process process_;
  unique_fd alive_; ///< empty in what was moved from
};

enum class guarded_end { all_is_well, killed };

/// For the guard itself: waits for the end of who started it. Errors: usage (nobody did).
expected<guarded_end> await_guarded_end();

} // namespace floe
