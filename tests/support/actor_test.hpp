// Runs actors in one thread and in virtual time: nothing waits, and every run is the same.
#pragma once

#include "io/posix/worker_pool.hpp"
#include "messages/caf_compat.hpp"
#include "messages/type_ids.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace floe {

/// A worker pool that runs its work when the test says so, on the test's thread.
class queued_pool final : public worker_pool {
 public:
  void submit(std::function<void()> work) override { queue_.push_back(std::move(work)); }

  bool run_one() {
    if (queue_.empty())
      return false;
    auto work = std::move(queue_.front());
    queue_.pop_front();
    work();
    return true;
  }

  size_t size() const { return queue_.size(); }

 private:
  std::deque<std::function<void()>> queue_;
};

class actor_test : public ::testing::Test {
  struct config : all_types_config {
    config() : all_types_config{1} { set("scheduler.policy", caf::atom("testing")); }
  } config_;

 protected:
  caf::actor_system system{config_};
  caf::scheduler::test_coordinator& scheduler{
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())};
  caf::scoped_actor self{system};
  queued_pool pool;
  caf::error last_error;

  template <class State, class... Ts>
  typename State::handle spawn(Ts&&... xs) {
    auto handle = spawn_state<State>(system, std::forward<Ts>(xs)...);
    keep(handle);
    return handle;
  }

  /// Has an actor ended at the end of the test: the actor system waits for every one.
  template <class Handle>
  void keep(const Handle& handle) {
    spawned_.push_back(caf::actor_cast<caf::actor>(handle));
  }

  /// Handles messages until there are none; work in the pool is left alone.
  void run_messages() { scheduler.run(); }

  /// Handles messages and work in the pool until there is neither.
  void run() {
    do
      scheduler.run();
    while (pool.run_one());
  }

  /// Asks, runs everything, and returns the reply; or nothing, with the error in last_error.
  template <class Reply, class Handle, class Message>
  std::optional<Reply> call(const Handle& handle, Message message) {
    auto request = self->request(handle, caf::infinite, std::move(message));
    run();
    return receive<Reply>(request);
  }

  template <class Reply, class Request>
  std::optional<Reply> receive(Request& request) {
    std::optional<Reply> out;
    request.receive([&](Reply& reply) { out = std::move(reply); },
                    [&](caf::error& why) { last_error = std::move(why); });
    return out;
  }

  void TearDown() override {
    for (const auto& each : spawned_)
      caf::anon_send_exit(each, caf::exit_reason::kill);
    spawned_.clear();
    run();
  }

 private:
  std::vector<caf::actor> spawned_;
};

} // namespace floe
