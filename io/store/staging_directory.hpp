// A directory under construction: it has a name that is recognised as unfinished until it is
// published, and what a dead process left of it is swept away.
#pragma once

#include "io/container/host_settings.hpp"
#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <string>

namespace floe {

/// Locked while it lives, so that a sweep leaves it alone. Removed with its content when destroyed,
/// unless published.
class staging_directory {
 public:
  /// Makes `PARENT/.staging-XXXXXXXXXXXX` with mode 0700; the parent is made if it is missing.
  static expected<staging_directory> create(const std::string& parent);

  /// Takes an existing directory out of sight, to be removed with the object.
  static expected<staging_directory> take_away(const std::string& path);

  staging_directory(staging_directory&&) noexcept = default;
  staging_directory& operator=(staging_directory&&) = delete;
  ~staging_directory();

  const std::string& path() const { return path_; }
  /// Of the directory; -1 once it is published.
  int descriptor() const { return held_.get(); }

  /// Gives it its final name, durably, and lets go of it: it is an ordinary directory from then on.
  /// The caller has synced what is in it. Errors: target_exists.
  expected<void> publish(const std::string& final_path);

 private:
  staging_directory(std::string path, unique_fd held)
      : path_{std::move(path)}, held_{std::move(held)} {}

  std::string path_; ///< of the staging name, empty once published
  unique_fd held_;   ///< open on the directory, with its lock
};

/// Removes the staging directories in \p parent whose owner is gone. Errors: io_failed.
expected<void> sweep_staging_directories(const std::string& parent);

/// Removes what dead processes left unfinished below ROOT: staging directories whose owner is gone.
/// Called when a host is opened.
expected<void> sweep_leftovers(const host_settings& settings);

} // namespace floe
