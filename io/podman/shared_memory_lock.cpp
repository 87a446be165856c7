// A mutex of the segment in which Podman keeps the locks of its containers, pods and volumes.
// Layout: containers/podman, libpod/lock/shm.
#include "io/podman/podman_lock.hpp"
#include "io/posix/system_error.hpp"
#include "io/posix/unique_fd.hpp"

#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <fcntl.h>
#include <future>
#include <mutex>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <time.h>
#include <utility>

namespace floe {

namespace {

constexpr uint16_t segment_magic = 0x87D1;
constexpr uint32_t locks_per_group = 32;
constexpr uint32_t groups_max = uint32_t{1} << 20;

/// A bit for each lock says whether it is given to anything; the locks follow.
struct lock_group {
  uint32_t given;
  pthread_mutex_t locks[locks_per_group];
};

struct segment_header {
  uint16_t magic;
  uint16_t version; ///< 0: there has been no other layout
  pthread_mutex_t bitmaps;
  uint32_t groups;
  uint32_t locks;
};
constexpr size_t groups_offset =
    (sizeof(segment_header) + alignof(lock_group) - 1) / alignof(lock_group) * alignof(lock_group);

/// The mapped segment. Has to outlive every lock that is held in it.
class segment {
 public:
  static expected<segment> open(const std::string& path, const std::string& subject);
  segment(segment&& other) noexcept
      : base_{std::exchange(other.base_, nullptr)}, bytes_{other.bytes_} {}
  segment& operator=(segment&&) = delete;
  ~segment() {
    if (base_ != nullptr)
      ::munmap(base_, bytes_);
  }

  const segment_header& header() const { return *static_cast<const segment_header*>(base_); }

  pthread_mutex_t* mutex(uint32_t number) const {
    auto* groups = reinterpret_cast<lock_group*>(static_cast<std::byte*>(base_) + groups_offset);
    return &groups[number / locks_per_group].locks[number % locks_per_group];
  }

 private:
  segment(void* base, size_t bytes) : base_{base}, bytes_{bytes} {}

  void* base_;
  size_t bytes_;
};

expected<segment> segment::open(const std::string& path, const std::string& subject) {
  const unique_fd file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!file && errno == ENOENT)
    return fail(error_code::no_such_file, subject,
                "Podman's locks are not there: there is no " + path,
                "let a command of Podman, as `podman ps`, make them");
  if (!file)
    return system_failure(errno, path, "open");
  const auto refuse = [&](const std::string& cause) {
    return fail(error_code::unsupported, subject, path + " " + cause,
                "see whether this Podman is known to work with floe");
  };
  struct stat status {};
  if (::fstat(file.get(), &status) != 0)
    return system_failure(errno, path, "fstat");
  const auto bytes = static_cast<size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || bytes < groups_offset + sizeof(lock_group) ||
      bytes > groups_offset + size_t{groups_max} * sizeof(lock_group))
    return refuse("does not have the size of Podman's locks");
  auto* base = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (base == MAP_FAILED)
    return system_failure(errno, path, "mmap");
  segment mapped{base, bytes};
  const auto& header = mapped.header();
  if (header.magic != segment_magic || header.version != 0)
    return refuse("does not begin as Podman's locks do");
  if (header.groups > groups_max || header.locks != header.groups * locks_per_group ||
      bytes != groups_offset + size_t{header.groups} * sizeof(lock_group))
    return refuse("does not hold as many locks as it says");
  return mapped;
}

/// Whether it is the kind of mutex that Podman makes: shared by processes and robust. One of
/// another C library, or damaged, must not be touched.
bool is_podmans(const pthread_mutex_t& mutex) {
#ifdef __GLIBC__
  pthread_mutexattr_t attributes;
  pthread_mutex_t sample;
  ::pthread_mutexattr_init(&attributes);
  ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  ::pthread_mutex_init(&sample, &attributes);
  const bool same = sample.__data.__kind == mutex.__data.__kind;
  ::pthread_mutex_destroy(&sample);
  ::pthread_mutexattr_destroy(&attributes);
  return same;
#else
  static_cast<void>(mutex);
  return false;
#endif
}

/// Locks within \p limit; 0 or an errno.
int lock_within(pthread_mutex_t* mutex, std::chrono::milliseconds limit) {
  timespec end{};
  ::clock_gettime(CLOCK_MONOTONIC, &end);
  const auto nanoseconds = end.tv_nsec + (limit.count() % 1000) * 1'000'000;
  end.tv_sec += limit.count() / 1000 + nanoseconds / 1'000'000'000;
  end.tv_nsec = nanoseconds % 1'000'000'000;
  int failure = 0;
  do
    failure = ::pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &end);
  while (failure == EAGAIN || failure == EINTR);
  // Who held it has died. Podman goes on too: what it protects is in the database.
  return failure == EOWNERDEAD ? ::pthread_mutex_consistent(mutex) : failure;
}

/// What the thread of a lock does: it locks, says how that went (0 or an errno), and unlocks when
/// it is to stop.
void hold(const std::stop_token& stop, pthread_mutex_t* mutex, std::chrono::milliseconds limit,
          std::promise<int> taken) {
  const int failure = lock_within(mutex, limit);
  taken.set_value(failure);
  if (failure != 0)
    return;
  std::mutex waiting;
  std::condition_variable_any never;
  std::unique_lock lock{waiting};
  never.wait(lock, stop, [] { return false; });
  ::pthread_mutex_unlock(mutex);
}

class shared_memory_lock final : public held_podman_lock {
 public:
  explicit shared_memory_lock(segment locks) : locks_{std::move(locks)} {}

  /// 0 or an errno. Call once.
  int start(uint32_t number, std::chrono::milliseconds limit) {
    std::promise<int> taken;
    auto answer = taken.get_future();
    try {
      thread_ = std::jthread{hold, locks_.mutex(number), limit, std::move(taken)};
    } catch (const std::system_error& refused) {
      return refused.code().value();
    }
    return answer.get();
  }

 private:
  segment locks_;
  std::jthread thread_; ///< ends, and so unlocks, before the segment goes
};

} // namespace

expected<std::unique_ptr<held_podman_lock>> hold_shared_memory_lock(const std::string& path,
                                                                    uint32_t number,
                                                                    std::chrono::milliseconds limit,
                                                                    const std::string& subject) {
  auto locks = segment::open(path, subject);
  if (!locks)
    return tl::unexpected{locks.error()};
  if (number >= locks->header().locks)
    return fail(error_code::unsupported, subject,
                "its lock has the number " + std::to_string(number) + ", but Podman has only " +
                    std::to_string(locks->header().locks) + " locks",
                "run `podman system renumber`");
  if (!is_podmans(*locks->mutex(number)))
    return fail(error_code::unsupported, subject,
                "its lock in " + path + " is not as Podman makes them",
                "see whether Podman and floe use the same C library");
  auto held = std::make_unique<shared_memory_lock>(std::move(*locks));
  switch (const int failure = held->start(number, limit)) {
  case 0:
    return held;
  case ETIMEDOUT:
    return fail(error_code::container_busy, subject, "Podman is working on it",
                "try again when its command has ended");
  default:
    return system_failure(failure, subject, "lock");
  }
}

} // namespace floe
