// Waits until something happens in a directory, or to a process.
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

  /// Waits until something happened, or the process behind \p pidfd (-1: none) ended. Returns
  /// false in the second case.
  bool wait(int pidfd = -1);

 private:
  explicit file_watch(unique_fd events) : events_{std::move(events)} {}
  unique_fd events_;
};

} // namespace floe
