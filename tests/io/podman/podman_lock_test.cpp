// Goal: Podman's locks are taken as Podman takes them, and never where they are not. Method: lock
// segments and files made here, with a second holder; against the real Podman in
// real_podman_test.cpp.
#include "io/podman/podman_lock.hpp"
#include "io/posix/unique_fd.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

using namespace floe;
using namespace floe::test;
using std::chrono::milliseconds;

namespace {

constexpr size_t groups_offset = 56;
constexpr size_t group_bytes = 1288;
constexpr size_t first_mutex = groups_offset + 8;

/// A segment with 64 locks, written byte by byte as Podman's on this machine is.
class lock_segment : public testing::Test {
 protected:
  void SetUp() override {
    std::string bytes(groups_offset + 2 * group_bytes, '\0');
    const auto put = [&bytes](size_t at, const auto& value) {
      std::memcpy(bytes.data() + at, &value, sizeof value);
    };
    put(0, uint16_t{0x87D1});
    put(48, uint32_t{2});
    put(52, uint32_t{64});
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_t mutex;
    pthread_mutex_init(&mutex, &attributes);
    put(8, mutex);
    for (size_t group = 0; group < 2; ++group)
      for (size_t lock = 0; lock < 32; ++lock)
        put(first_mutex + group * group_bytes + lock * sizeof mutex, mutex);
    write_file(path, bytes);
  }

  expected<std::unique_ptr<held_podman_lock>> hold(uint32_t number, milliseconds limit) {
    return hold_shared_memory_lock(path, number, limit, "container web");
  }

  void change(size_t at, char value) {
    auto bytes = read_file(path);
    bytes[at] = value;
    write_file(path, bytes);
  }

  scratch_directory scratch;
  std::string path = scratch / "libpod_lock";
};

} // namespace

TEST_F(lock_segment, gives_each_lock_to_one_holder_at_a_time) {
  auto first = hold(40, milliseconds{1000});
  ASSERT_TRUE(first) << describe(first.error());
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(hold(40, milliseconds{60}).error().code, error_code::container_busy);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds{60});
  EXPECT_TRUE(hold(41, milliseconds{0}));
  first->reset();
  EXPECT_TRUE(hold(40, milliseconds{0}));
}

TEST_F(lock_segment, releases_a_lock_from_any_thread) {
  auto held = hold(0, milliseconds{1000});
  ASSERT_TRUE(held);
  std::thread{[lock = std::move(*held)]() mutable { lock.reset(); }}.join();
  EXPECT_TRUE(hold(0, milliseconds{0}));
}

TEST_F(lock_segment, gives_the_lock_of_somebody_who_died) {
  const unique_fd file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  auto* base = static_cast<char*>(::mmap(nullptr, groups_offset + group_bytes,
                                         PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0));
  ASSERT_NE(base, MAP_FAILED);
  std::thread{[base] {
    pthread_mutex_lock(reinterpret_cast<pthread_mutex_t*>(base + first_mutex));
  }}.join();
  for (int round = 0; round < 2; ++round) {
    const auto held = hold(0, milliseconds{1000});
    EXPECT_TRUE(held) << describe(held.error());
  }
  ::munmap(base, groups_offset + group_bytes);
}

TEST_F(lock_segment, says_when_it_is_not_there) {
  std::filesystem::remove(path);
  const auto held = hold(0, milliseconds{10});
  EXPECT_EQ(held.error().code, error_code::no_such_file);
  EXPECT_NE(describe(held.error()).find("podman ps"), std::string::npos);
}

TEST_F(lock_segment, is_not_touched_unless_it_is_podmans) {
  EXPECT_EQ(hold(64, milliseconds{10}).error().code, error_code::unsupported);
  for (const auto& [at, value] : {std::pair<size_t, char>{0, 1}, {2, 1}, {48, 3}, {52, 63}}) {
    SetUp();
    change(at, value);
    EXPECT_EQ(hold(0, milliseconds{10}).error().code, error_code::unsupported) << at;
  }
  // A mutex that is not robust, or of another C library.
  SetUp();
  change(first_mutex + 16, 0);
  EXPECT_EQ(hold(0, milliseconds{10}).error().code, error_code::unsupported);
  SetUp();
  const auto whole = read_file(path);
  for (size_t size : {size_t{0}, size_t{10}, groups_offset + group_bytes, whole.size() - 1}) {
    write_file(path, whole.substr(0, size));
    EXPECT_EQ(hold(0, milliseconds{10}).error().code, error_code::unsupported) << size;
  }
}

// -- files ----------------------------------------------------------------------------

TEST(lock_files, keep_others_out) {
  const scratch_directory scratch;
  const auto path = scratch / "locks/3";
  EXPECT_EQ(hold_file_lock(path, milliseconds{10}, "container web").error().code,
            error_code::no_such_file);
  write_file(path, "");
  auto held = hold_file_lock(path, milliseconds{10}, "container web");
  ASSERT_TRUE(held) << describe(held.error());
  EXPECT_EQ(hold_file_lock(path, milliseconds{30}, "container web").error().code,
            error_code::container_busy);
  // Podman's own lock conflicts with ours.
  const unique_fd podmans{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  struct flock whole {};
  whole.l_type = F_WRLCK;
  EXPECT_EQ(::fcntl(podmans.get(), F_SETLK, &whole), -1);
  held->reset();
  EXPECT_EQ(::fcntl(podmans.get(), F_SETLK, &whole), 0);
  EXPECT_EQ(hold_file_lock(path, milliseconds{30}, "container web").error().code,
            error_code::container_busy);
}

TEST(podman_lock, is_of_the_kind_that_is_configured) {
  const scratch_directory scratch;
  podman_settings settings;
  settings.tmp_dir = scratch.path();
  settings.lock_type = "file";
  podman_container container;
  container.config.name = "web";
  container.lock_id = 12;
  write_file(scratch / "locks/12", "");
  EXPECT_TRUE(podman_lock::acquire(settings, container, milliseconds{10}));
  settings.lock_type = "other";
  EXPECT_EQ(podman_lock::acquire(settings, container, milliseconds{10}).error().code,
            error_code::unsupported);
}
