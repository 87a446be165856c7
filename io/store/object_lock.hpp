// Keeps two processes from working on one container, volume or image at the same time.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <chrono>
#include <string>

namespace floe {

/// Held until destroyed; the kernel releases it when the process dies.
class object_lock {
 public:
  /// \p kind says what \p id is the name of: container, volume, image, podman-name or
  /// podman-volume. Waits for another holder as long as \p patience; then fails with
  /// container_busy, the cause naming its process.
  static expected<object_lock> acquire(const std::string& run_root, const std::string& kind,
                                       const std::string& id,
                                       std::chrono::milliseconds patience = {});

  /// The same, but waits for the other holder, however long it works.
  static expected<object_lock> await(const std::string& run_root, const std::string& kind,
                                     const std::string& id);

  /// Whether a process has it, as far as its file says: whoever wants it is not disturbed.
  static bool is_held(const std::string& run_root, const std::string& kind, const std::string& id);

  object_lock(object_lock&& other) noexcept = default;
  object_lock& operator=(object_lock&& other) noexcept = default;

  /// Its file goes with it: there are as many as there are holders.
  ~object_lock();

 private:
  static expected<object_lock> open(const std::string& run_root, const std::string& kind,
                                    const std::string& id);
  expected<bool> take();
  object_lock(unique_fd file, std::string path) : file_{std::move(file)}, path_{std::move(path)} {}

  unique_fd file_;
  std::string path_;
  bool held_ = false;
};

} // namespace floe
