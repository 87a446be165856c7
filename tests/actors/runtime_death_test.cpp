// Goal: whatever dies in the middle of a dump, the container runs again and the caller gets a
// failed result. Method: a real container under runc, conmon and CRIU, the real engine, and the
// RUNTIME actor killed as soon as the job says that it dumps.
#include "actors/budget.hpp"
#include "actors/engine.hpp"
#include "actors/pourer.hpp"
#include "actors/restore_job.hpp"
#include "actors/ring.hpp"
#include "actors/runtime.hpp"
#include "actors/support/system_settings.hpp"
#include "io/pour/io_engine.hpp"
#include "tests/io/checkpoint/real_container.hpp"

#include <gtest/gtest.h>

namespace floe {
namespace {

/// Kills an actor when a job reaches a stage.
struct killer {
  using handle = observer_handle;
  static constexpr const char* name = "killer";

  killer(handle::pointer, std::string stage, caf::actor victim)
      : stage{std::move(stage)}, victim{std::move(victim)} {}

  handle::behavior_type make_behavior() {
    return {[this](const job_progress& progress) {
      if (progress.stage == stage)
        caf::anon_send_exit(victim, caf::exit_reason::kill);
    }};
  }

  std::string stage;
  caf::actor victim;
};

TEST(runtime_death, leaves_the_container_running_and_the_result_failed) {
  std::string reason;
  test::real_container real{reason};
  if (!reason.empty())
    GTEST_SKIP() << reason;
  system_settings config{2};
  caf::actor_system system{config};
  auto pool = make_worker_pool(8);
  auto transfers = make_io_engine();
  ASSERT_TRUE(transfers) << describe(transfers.error());
  ring_handle ring_actor = spawn_state<ring>(system, *transfers->engine, *pool);
  runtime_handle runtime_actor = spawn_state<runtime>(system, *pool, size_t{2});
  budget_handle budget_actor = spawn_state<budget>(system, windows_per_archive_min);
  job_services services{*real.host, *pool, runtime_actor, budget_actor,
                        [&](caf::actor_system& where, uint32_t) -> pourer_handle {
                          return spawn_state<pourer>(where, ring_actor, *pool);
                        }};
  engine_handle subject = spawn_state<engine>(system, services);
  observer_handle observer =
      spawn_state<killer>(system, "dump", caf::actor_cast<caf::actor>(runtime_actor));

  checkpoint_containers request;
  request.names = {test::real_container::name};
  request.export_file = real.scratch / "counter.tar.zst";
  request.observer = observer;
  caf::scoped_actor self{system};
  batch_result reply;
  ask(&*self, subject, caf::infinite, request)
      .receive([&](batch_result& result) { reply = std::move(result); },
               [](const caf::error& why) { FAIL() << describe(to_error(why, "batch")); });

  ASSERT_EQ(reply.results.size(), 1u);
  EXPECT_EQ(reply.results[0].status, outcome::failed);
  EXPECT_EQ(reply.results[0].code, error_code::lost);
  EXPECT_FALSE(std::filesystem::exists(request.export_file));
  EXPECT_EQ(find_current(*real.host, test::real_container::name)->status.state,
            container_state::running);
  EXPECT_TRUE(real.counts_beyond(real.stable_count()));

  end_actor(subject);
  self->wait_for(subject);
  pool.reset();
  for (const auto& last :
       {caf::actor_cast<caf::actor>(ring_actor), caf::actor_cast<caf::actor>(budget_actor),
        caf::actor_cast<caf::actor>(observer)})
    caf::anon_send_exit(last, caf::exit_reason::kill);
}

} // namespace
} // namespace floe
