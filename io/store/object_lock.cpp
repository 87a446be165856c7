#include "io/store/object_lock.hpp"

#include "io/posix/file_lock.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/system_error.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace floe {

namespace {

/// The process that wrote itself into a lock, 0 if none can be read.
pid_t holder_of(int fd) {
  std::array<char, 16> text{};
  const auto got = ::pread(fd, text.data(), text.size(), 0);
  pid_t pid = 0;
  if (got > 0)
    std::from_chars(text.data(), text.data() + got, pid);
  return pid;
}

/// The lock is what counts, the number is for messages: failing to write it fails nothing.
bool note_holder(int fd) {
  const auto text = std::to_string(::getpid()) + "\n";
  return ::ftruncate(fd, 0) == 0 &&
         ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

tl::unexpected<error> busy(const std::string& subject, pid_t holder) {
  std::string who = "another floe";
  if (holder == ::getpid())
    who = "this floe";
  else if (holder > 0)
    who += " (pid " + std::to_string(holder) + ")";
  return fail(error_code::container_busy, subject, who + " is working on it",
              "try again when that is done");
}

/// Ids are hex digits and volume names are checked, but a lock must not lead elsewhere whatever
/// they are.
bool is_file_name(const std::string& name) {
  return !name.empty() && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

std::string path_of(const std::string& run_root, const std::string& kind, const std::string& id) {
  return run_root + "/locks/" + kind + "-" + id + ".lock";
}

} // namespace

expected<object_lock> object_lock::open(const std::string& run_root, const std::string& kind,
                                        const std::string& id) {
  if (!is_file_name(kind) || !is_file_name(id))
    return fail(error_code::usage, kind + " " + id, "it cannot be the name of a lock");
  if (auto made = make_directories(run_root + "/locks"); !made)
    return tl::unexpected{made.error()};
  auto path = path_of(run_root, kind, id);
  unique_fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file)
    return system_failure(errno, path, "open");
  return object_lock{std::move(file), std::move(path)};
}

object_lock::~object_lock() {
  // Whoever waits for this file finds that its name is gone, and opens the name anew.
  if (file_ && held_)
    ::unlink(path_.c_str());
}

expected<object_lock> object_lock::acquire(const std::string& run_root, const std::string& kind,
                                           const std::string& id,
                                           std::chrono::milliseconds patience) {
  const auto subject = kind + " " + id;
  for (;;) {
    auto opened = open(run_root, kind, id);
    if (!opened)
      return opened;
    auto locked = lock_within(opened->file_.get(), lock_mode::exclusive, patience, subject);
    if (!locked)
      return tl::unexpected{locked.error()};
    if (!*locked)
      return busy(subject, holder_of(opened->file_.get()));
    auto current = opened->take();
    if (!current)
      return tl::unexpected{current.error()};
    if (*current)
      return opened;
  }
}

expected<object_lock> object_lock::await(const std::string& run_root, const std::string& kind,
                                         const std::string& id) {
  for (;;) {
    auto opened = open(run_root, kind, id);
    if (!opened)
      return opened;
    if (auto locked = wait_lock(opened->file_.get(), lock_mode::exclusive, kind + " " + id);
        !locked)
      return tl::unexpected{locked.error()};
    auto current = opened->take();
    if (!current)
      return tl::unexpected{current.error()};
    if (*current)
      return opened;
  }
}

bool object_lock::is_held(const std::string& run_root, const std::string& kind,
                          const std::string& id) {
  const unique_fd file{
      ::open(path_of(run_root, kind, id).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  const pid_t holder = file ? holder_of(file.get()) : 0;
  return holder > 0 && (::kill(holder, 0) == 0 || errno == EPERM);
}

/// Makes a lock that was got ours; false if its file had been given up meanwhile.
expected<bool> object_lock::take() {
  auto linked = still_linked(file_.get(), path_);
  if (!linked || !*linked)
    return linked;
  held_ = true;
  static_cast<void>(note_holder(file_.get()));
  return true;
}

} // namespace floe
