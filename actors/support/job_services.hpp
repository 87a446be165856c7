// What jobs need besides their own container: given to each of them when it is spawned.
#pragma once

#include "io/container/container_host.hpp"
#include "io/posix/worker_pool.hpp"
#include "messages/pourer.hpp"
#include "messages/runtime.hpp"

#include <functional>

namespace floe {

struct job_services {
  container_host& host; ///< outlives the actor system
  worker_pool& pool;    ///< outlives the actor system
  runtime_handle runtime;
  std::function<pourer_handle(caf::actor_system&)> spawn_pourer; ///< one per archive
};

} // namespace floe
