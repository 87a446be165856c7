// What the engine has for its jobs: each gets of it what it needs when it is spawned.
#pragma once

#include "io/container/container_host.hpp"
#include "io/posix/worker_pool.hpp"
#include "messages/budget.hpp"
#include "messages/pourer.hpp"
#include "messages/runtime.hpp"

#include <functional>

namespace floe {

/// Spawns the POURER of one archive, which may use so many windows.
using pourer_factory = std::function<pourer_handle(caf::actor_system&, uint32_t windows)>;

struct job_services {
  container_host& host; ///< outlives the actor system
  worker_pool& pool;    ///< outlives the actor system
  runtime_handle runtime;
  budget_handle budget;
  pourer_factory spawn_pourer;
};

} // namespace floe
