// Goal: a container takes the steps of one checkpoint after another, each with its own dump.
// Method: the real actors, and a real process in a real freezer cgroup under a scripted runtime.
// Skipped without root.
#include "actors/container.hpp"
#include "actors/runtime.hpp"
#include "actors/support/system_settings.hpp"
#include "tests/io/checkpoint/scripted_container.hpp"

#include <gtest/gtest.h>

#include <future>

namespace floe {
namespace {

class held_container : public testing::Test {
 protected:
  void SetUp() override {
    scripted = test::scripted_container::make();
    if (!scripted)
      GTEST_SKIP() << "needs root and a freezer cgroup";
    options.export_path = scripted->scratch / "counter.tar";
    options.leave_running = true;
    runtime_actor = spawn_state<runtime>(system, *pool, size_t{1});
    subject = spawn_state<container>(system, scripted->id, container_source::native,
                                     *scripted->host, *pool, runtime_actor);
  }

  void TearDown() override {
    if (!scripted)
      return;
    caf::scoped_actor self{system};
    self->send_exit(subject, caf::exit_reason::user_shutdown);
    self->wait_for(subject);
    subject = nullptr;
    pool->finish();
    caf::anon_send_exit(caf::actor_cast<caf::actor>(runtime_actor),
                        caf::exit_reason::user_shutdown);
    runtime_actor = nullptr;
  }

  template <class Reply, class Message>
  error_code ask_for(Message message) {
    caf::scoped_actor self{system};
    auto code = error_code::none;
    ask(&*self, subject, caf::infinite, std::move(message))
        .receive([](const Reply&) {},
                 [&](const caf::error& why) { code = to_error(why, "it").code; });
    return code;
  }
  error_code begin() { return ask_for<checkpoint_begun>(begin_checkpoint{options, {}}); }
  error_code take(checkpoint_step step) { return ask_for<step_taken>(take_step{step}); }

  std::unique_ptr<test::scripted_container> scripted;
  checkpoint_options options;
  system_settings config{2};
  caf::actor_system system{config};
  std::unique_ptr<worker_pool> pool = make_worker_pool(4);
  runtime_handle runtime_actor;
  container_handle subject;
};

TEST_F(held_container, stands_still_when_its_dump_has_begun) {
  ASSERT_EQ(begin(), error_code::none);
  ASSERT_EQ(take(checkpoint_step::begin_dump), error_code::none);
  EXPECT_TRUE(scripted->is_frozen());
  ASSERT_EQ(take(checkpoint_step::dump), error_code::none);
  EXPECT_TRUE(scripted->exists("checkpoint/inventory.img"));
  ASSERT_EQ(take(checkpoint_step::thaw), error_code::none);
  EXPECT_FALSE(scripted->is_frozen());
  EXPECT_EQ(take(checkpoint_step::finish), error_code::none);
}

TEST_F(held_container, tells_nobody_of_the_dump_of_an_earlier_checkpoint) {
  ASSERT_EQ(begin(), error_code::none);
  ASSERT_EQ(take(checkpoint_step::begin_dump), error_code::none);
  ASSERT_EQ(take(checkpoint_step::abort), error_code::none);
  EXPECT_FALSE(scripted->is_frozen());
  scripted->script->dump_error = error{error_code::dump_failed, "counter", "no", ""};
  ASSERT_EQ(begin(), error_code::none);
  const auto begun = take(checkpoint_step::begin_dump);
  EXPECT_TRUE(begun == error_code::none || begun == error_code::dump_failed);
  EXPECT_EQ(begun == error_code::none ? take(checkpoint_step::dump) : begun,
            error_code::dump_failed);
  EXPECT_EQ(take(checkpoint_step::abort), error_code::none);
  EXPECT_EQ(scripted->script->dumps.size(), 2u);
}

TEST_F(held_container, is_not_let_go_amid_its_dump) {
  std::promise<void> go_on;
  const auto may_go_on = go_on.get_future().share();
  scripted->script->on_dump = [may_go_on](const dump_request&) { may_go_on.wait(); };
  ASSERT_EQ(begin(), error_code::none);
  ASSERT_EQ(take(checkpoint_step::begin_dump), error_code::none);
  EXPECT_EQ(take(checkpoint_step::thaw), error_code::container_busy);
  EXPECT_EQ(take(checkpoint_step::finish), error_code::container_busy);
  EXPECT_TRUE(scripted->is_frozen());
  go_on.set_value();
  EXPECT_EQ(take(checkpoint_step::dump), error_code::none);
  EXPECT_EQ(take(checkpoint_step::finish), error_code::none);
}

} // namespace
} // namespace floe
