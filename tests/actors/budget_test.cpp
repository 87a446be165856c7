// Goal: archives share the memory for windows, whoever comes first is served first, and what a job
// had is free again when it ends. Method: actors that do nothing but ask.
#include "actors/budget.hpp"
#include "tests/support/actor_test.hpp"

namespace floe {
namespace {

/// Passes on what it is told to ask for, and records what it got.
struct asker {
  using handle = api<caf::result<void>(reserve_windows), caf::result<void>(release_windows)>;
  static constexpr const char* name = "asker";

  asker(handle::pointer self, budget_handle budget, uint32_t& got)
      : self{self}, budget{std::move(budget)}, got{got} {}

  handle::behavior_type make_behavior() {
    return {
        [this](const reserve_windows& request) -> caf::result<void> {
          ask(self, budget, caf::infinite, request).then([this](windows_reserved reserved) {
            got = reserved.count;
          });
          return caf::unit;
        },
        [this](const release_windows& request) -> caf::result<void> {
          tell(self, budget, request);
          return caf::unit;
        },
    };
  }

  handle::pointer self;
  budget_handle budget;
  uint32_t& got;
};

class budget_test : public actor_test {
 protected:
  budget_handle windows = spawn<budget>(uint32_t{12});
  uint32_t got[4] = {};
  std::vector<asker::handle> askers;

  void SetUp() override {
    for (auto& count : got)
      askers.push_back(spawn<asker>(windows, count));
  }

  void reserve(size_t who, uint32_t wanted) {
    self->send(askers[who], reserve_windows{wanted});
    run();
  }
};

TEST_F(budget_test, an_archive_gets_what_it_can_use_and_leaves_half_to_the_next) {
  reserve(0, 6);
  EXPECT_EQ(got[0], 6u);
  reserve(1, 6);
  EXPECT_EQ(got[1], 3u);
  reserve(2, 6);
  EXPECT_EQ(got[2], windows_per_archive_min);
}

TEST_F(budget_test, a_small_archive_takes_no_more_than_it_wants) {
  reserve(0, 3);
  EXPECT_EQ(got[0], 3u);
  reserve(1, 0);
  EXPECT_EQ(got[1], windows_per_archive_min);
}

TEST_F(budget_test, who_finds_too_little_waits_until_some_are_given_back) {
  for (size_t who : {0, 1, 2, 3})
    reserve(who, 6);
  EXPECT_EQ(got[3], 0u);
  self->send(askers[1], release_windows{});
  run();
  EXPECT_EQ(got[3], windows_per_archive_min);
}

TEST_F(budget_test, what_a_job_had_is_free_when_it_ends) {
  for (size_t who : {0, 1, 2, 3})
    reserve(who, 6);
  end_actor(askers[0]);
  run();
  EXPECT_GE(got[3], windows_per_archive_min);
}

TEST_F(budget_test, a_job_that_ends_while_it_waits_takes_nothing) {
  for (size_t who : {0, 1, 2, 3})
    reserve(who, 6);
  end_actor(askers[3]);
  run();
  for (size_t who : {0, 1, 2})
    self->send(askers[who], release_windows{});
  run();
  EXPECT_EQ(got[3], 0u);
  reserve(0, 6);
  EXPECT_EQ(got[0], 6u);
}

TEST_F(budget_test, giving_back_twice_gives_once) {
  reserve(0, 6);
  for (int i = 0; i < 2; ++i)
    self->send(askers[0], release_windows{});
  run();
  reserve(1, 12);
  EXPECT_EQ(got[1], 6u);
}

} // namespace
} // namespace floe
