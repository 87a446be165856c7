// What a batch costs beside the runtime: checkpoints of simulated containers, whose steps are done
// at once, into real archives in memory. Row 13 of bench/compare.
#include "actors/batch.hpp"
#include "actors/budget.hpp"
#include "actors/checkpoint_job.hpp"
#include "actors/support/system_settings.hpp"
#include "io/pour/io_engine.hpp"
#include "tests/support/scratch_directory.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <thread>

namespace {

using namespace floe;

/// A container of which every step is done as soon as it is asked for.
struct simulated_container {
  using handle = container_handle;
  static constexpr const char* name = "simulated-container";

  simulated_container(handle::pointer, archive_source source)
      : source_{std::make_shared<const archive_source>(std::move(source))} {}

  handle::behavior_type make_behavior() {
    return {
        [](const container_command&) -> caf::result<container_done> { return container_done{}; },
        [](const begin_checkpoint&) -> caf::result<checkpoint_begun> {
          return checkpoint_begun{std::string(64, 'a'), "simulated"};
        },
        [](const take_step&) -> caf::result<step_taken> { return step_taken{}; },
        [this](const capture_checkpoint&) -> caf::result<captured> { return captured{{source_}}; },
    };
  }

 private:
  std::shared_ptr<const archive_source> source_;
};

class simulation {
 public:
  simulation()
      : io_{make_io_engine().value()}, pool_{make_worker_pool(32)},
        settings_{std::thread::hardware_concurrency()}, system_{settings_} {
    test::write_file(scratch_ / "bundle/checkpoint/inventory.img", "images");
    test::write_file(scratch_ / "data/file", "content");
    archive_source source;
    source.config_dump = source.spec_dump = "{}";
    source.bundle = scratch_ / "bundle";
    source.images_directory = "checkpoint";
    source.volumes = {{{"data", {}, {}}, scratch_ / "data"}};
    ring_ = spawn_state<floe::ring>(system_, *io_.engine, *pool_);
    budget_ = spawn_state<floe::budget>(system_, uint32_t{16});
    container_ = spawn_state<simulated_container>(system_, std::move(source));
  }
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;
  ~simulation() {
    pool_->finish();
    end_actor(container_);
    end_actor(budget_);
    end_actor(ring_);
  }

  /// How many of them were done.
  size_t checkpoint(size_t containers) {
    std::vector<planned_job> jobs;
    for (size_t i = 0; i < containers; ++i)
      jobs.push_back({"checkpoint", run_job{std::to_string(i)},
                      [this, i](caf::actor_system& system) { return spawn_job(system, i); }});
    batch_handle running = spawn_state<batch>(system_, std::move(jobs));
    caf::scoped_actor self{system_};
    size_t done = 0;
    ask(self.ptr(), running, caf::infinite, run_batch{})
        .receive(
            [&](const batch_result& batch) {
              for (const auto& result : batch.results)
                done += result.status == outcome::done ? 1 : 0;
            },
            [](const caf::error&) {});
    end_actor(running);
    return done;
  }

 private:
  job_handle spawn_job(caf::actor_system& system, size_t number) {
    checkpoint_options options;
    options.export_path = scratch_ / (std::to_string(number) + ".tar.zst");
    options.leave_running = true;
    options.overwrite = true;
    options.sync = false;
    const pourer_factory spawn_pourer = [this](caf::actor_system& where, uint32_t windows) {
      pourer_limits limits;
      limits.slots = windows;
      return pourer_handle{spawn_state<pourer>(where, ring_, *pool_, limits)};
    };
    return spawn_state<checkpoint_job>(system, *pool_, budget_, spawn_pourer, container_,
                                       group_handle{}, options, observer_handle{});
  }

  const test::scratch_directory scratch_{std::string{"/dev/shm"}};
  active_io_engine io_;
  std::unique_ptr<worker_pool> pool_;
  system_settings settings_;
  caf::actor_system system_;
  ring_handle ring_;
  budget_handle budget_;
  container_handle container_;
};

void checkpoint_simulated_containers(benchmark::State& state) {
  simulation host;
  const auto count = static_cast<size_t>(state.range(0));
  for ([[maybe_unused]] auto _ : state)
    if (host.checkpoint(count) != count)
      state.SkipWithError("not all of them were done");
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(checkpoint_simulated_containers)
    ->RangeMultiplier(10)
    ->Range(1, 10'000)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

} // namespace
