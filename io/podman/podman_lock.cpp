#include "io/podman/podman_lock.hpp"

#include "io/posix/file_lock.hpp"
#include "io/posix/system_error.hpp"
#include "io/posix/unique_fd.hpp"

#include <cerrno>
#include <fcntl.h>

namespace floe {

namespace {

class file_lock final : public held_podman_lock {
 public:
  explicit file_lock(unique_fd file) : file_{std::move(file)} {}

 private:
  unique_fd file_; ///< closing it releases the lock
};

} // namespace

expected<podman_lock> podman_lock::acquire(const podman_settings& settings,
                                           const podman_container& container,
                                           std::chrono::milliseconds limit) {
  const auto subject = "container " + container.config.name;
  expected<std::unique_ptr<held_podman_lock>> held;
  if (settings.lock_type == "file")
    held = hold_file_lock(settings.tmp_dir + "/locks/" + std::to_string(container.lock_id), limit,
                          subject);
  else if (settings.lock_type == "shm" || settings.lock_type.empty())
    held = hold_shared_memory_lock(podman_lock_segment, container.lock_id, limit, subject);
  else
    return fail(error_code::unsupported, subject,
                "Podman's locks are of an unknown type, " + settings.lock_type);
  if (!held)
    return tl::unexpected{held.error()};
  return podman_lock{std::move(*held)};
}

expected<std::unique_ptr<held_podman_lock>> hold_file_lock(const std::string& path,
                                                           std::chrono::milliseconds limit,
                                                           const std::string& subject) {
  unique_fd file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!file && errno == ENOENT)
    return fail(error_code::no_such_file, subject, "Podman's lock " + path + " is not there",
                "let a command of Podman, as `podman ps`, make it");
  if (!file)
    return system_failure(errno, path, "open");
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    // Conflicts with the process-wide record locks of others, without their odd rules for us.
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(file.get(), F_OFD_SETLK, &whole) == 0)
      return std::make_unique<file_lock>(std::move(file));
    if (errno != EAGAIN && errno != EACCES && errno != EINTR)
      return system_failure(errno, path, "lock");
    if (std::chrono::steady_clock::now() >= end)
      return fail(error_code::container_busy, subject, "Podman is working on it",
                  "try again when its command has ended");
    pause_before_next_try();
  }
}

} // namespace floe
