// Goal: what is handed to a pool that has finished does no harm: actors may go later than the pool
// has finished, and hand it what they hold. Method: a real pool.
#include "io/posix/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace floe {
namespace {

TEST(worker_pool, finishes_what_was_submitted_and_destroys_what_comes_later) {
  const auto pool = make_worker_pool(2);
  std::atomic<int> ran = 0;
  for (int i = 0; i < 50; ++i)
    pool->submit([&ran] { ++ran; });
  pool->finish();
  EXPECT_EQ(ran, 50);
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  pool->submit([&ran, held = std::move(held)] { ++ran; });
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(ran, 50);
}

TEST(worker_pool, may_finish_twice) {
  const auto pool = make_worker_pool(1);
  pool->finish();
  pool->finish();
}

} // namespace
} // namespace floe
