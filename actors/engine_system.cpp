#include "actors/engine_system.hpp"

#include "actors/budget.hpp"
#include "actors/engine.hpp"
#include "actors/runtime.hpp"
#include "actors/support/system_settings.hpp"
#include "io/checkpoint/recovery.hpp"
#include "io/container/expedited_grace_periods.hpp"
#include "io/pour/io_engine.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace floe {

namespace {

/// Work that blocks mostly waits for the kernel or for processes: the threads are many but sleep.
constexpr size_t worker_threads = 32;
/// Dumps and restores of the runtime at once, over all batches.
constexpr size_t runtime_slots = 8;

/// Windows in memory at once, over all archives: two archives get what keeps every core busy. Each
/// takes about twice window_bytes_default.
uint32_t windows_in_memory() {
  return 8 + 4 * std::max(1u, std::thread::hardware_concurrency());
}

std::string line_of(const recovered_operation& recovered) {
  const auto& name =
      recovered.container_name.empty() ? recovered.container_id : recovered.container_name;
  auto line = "container " + name + ": its " + recovered.operation + " had been interrupted; " +
              recovered.action;
  if (recovered.problem.code != error_code::none)
    line += ": " + describe(recovered.problem);
  return line;
}

} // namespace

/// In the order of construction; destroyed the other way round. The pool has finished before the
/// actor system goes, because its work holds handles of actors; it is still there when the last
/// actors go, which may be later than their own end and hand it what they hold.
struct engine_system::parts {
  explicit parts(std::unique_ptr<container_host> opened, active_io_engine transfers)
      : host{std::move(opened)}, io{std::move(transfers)}, pool{make_worker_pool(worker_threads)},
        settings{std::max(1u, std::thread::hardware_concurrency())}, system{settings} {
    ring_actor = spawn_state<floe::ring>(system, *io.engine, *pool);
    runtime_actor = spawn_state<floe::runtime>(system, *pool, runtime_slots);
    budget_actor = spawn_state<floe::budget>(system, windows_in_memory());
    job_services services{*host, *pool, runtime_actor, budget_actor,
                          [this](caf::actor_system& where, uint32_t windows) -> pourer_handle {
                            pourer_limits limits;
                            limits.slots = windows;
                            return spawn_state<floe::pourer>(where, ring_actor, *pool, limits);
                          }};
    engine_actor = spawn_state<floe::engine>(system, std::move(services));
  }

  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;

  /// The shutdown ladder. The engine ends what it owns; jobs that still run undo their work on the
  /// pool, which is waited for; only then do the actors go that this work needs.
  ~parts() {
    caf::scoped_actor self{system};
    self->send_exit(engine_actor, caf::exit_reason::user_shutdown);
    self->wait_for(engine_actor);
    engine_actor = nullptr;
    pool->finish();
    for (const auto& last :
         {caf::actor_cast<caf::actor>(runtime_actor), caf::actor_cast<caf::actor>(budget_actor),
          caf::actor_cast<caf::actor>(ring_actor)})
      self->send_exit(last, caf::exit_reason::user_shutdown);
    runtime_actor = nullptr;
    budget_actor = nullptr;
    ring_actor = nullptr;
  }

  std::unique_ptr<container_host> host;
  active_io_engine io;
  std::unique_ptr<worker_pool> pool;
  system_settings settings;
  caf::actor_system system;
  ring_handle ring_actor;
  runtime_handle runtime_actor;
  budget_handle budget_actor;
  engine_handle engine_actor;
  std::vector<std::string> recovered;
};

expected<std::unique_ptr<engine_system>> engine_system::start(host_settings settings) {
  auto host = container_host::open(std::move(settings));
  if (!host)
    return tl::unexpected(host.error());
  expected<std::vector<recovered_operation>> recovered;
  expected<bool> was_expedited = false;
  if ((*host)->settings().recovers) {
    recovered = recover_operations(**host);
    was_expedited = end_left_expedition((*host)->settings().run_root);
  }
  if (!recovered)
    return tl::unexpected(recovered.error());
  if (!was_expedited)
    return tl::unexpected(was_expedited.error());
  auto transfers = make_io_engine();
  if (!transfers)
    return tl::unexpected(transfers.error());
  auto started = std::make_unique<parts>(std::move(*host), std::move(*transfers));
  for (const auto& each : *recovered)
    started->recovered.push_back(line_of(each));
  if (*was_expedited)
    started->recovered.push_back(
        "the kernel's grace periods, which had been left short, are as they "
        "were before");
  return std::unique_ptr<engine_system>{new engine_system{std::move(started)}};
}

engine_system::engine_system(std::unique_ptr<parts> started) : parts_{std::move(started)} {}
engine_system::~engine_system() = default;

const engine_handle& engine_system::engine() const {
  return parts_->engine_actor;
}
caf::actor_system& engine_system::system() {
  return parts_->system;
}
const std::vector<std::string>& engine_system::recovered() const {
  return parts_->recovered;
}

} // namespace floe
