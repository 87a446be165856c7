// Waits until something happens in a directory, or elsewhere.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <string>

namespace floe {

/// Watches directories by inotify. What happens between watching and waiting is not missed.
class file_watch {
 public:
  /// Errors: io_failed.
  static expected<file_watch> make();

  /// Files in \p directory that are made, renamed or written. Errors: no_such_file, io_failed.
  expected<void> add(const std::string& directory);

  /// Waits until something happened, or \p other can be read: a pidfd whose process ended, or an
  /// event. Returns false in the second case.
  bool wait(int other);

 private:
  explicit file_watch(unique_fd events) : events_{std::move(events)} {}
  unique_fd events_;
};

} // namespace floe
