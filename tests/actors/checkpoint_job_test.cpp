// Goal: a checkpoint job takes its steps in order and undoes them on every error. Method: a
// scripted container that records the steps and fails the one it is told to, a scripted pourer,
// real plans of a scratch directory.
#include "actors/budget.hpp"
#include "actors/checkpoint_job.hpp"
#include "actors/group.hpp"
#include "tests/support/actor_test.hpp"
#include "tests/support/scratch_directory.hpp"

#include <map>

namespace floe {
namespace {

struct script {
  std::vector<std::string> steps;
  std::map<std::string, error> failures;
  archive_source source;
  bool hold_dump = false;
  bool captures = false; ///< the pourer says that it has read everything
};

std::string name_of(checkpoint_step step) {
  switch (step) {
  case checkpoint_step::freeze:
    return "freeze";
  case checkpoint_step::begin_dump:
    return "begin_dump";
  case checkpoint_step::dump:
    return "dump";
  case checkpoint_step::thaw:
    return "thaw";
  case checkpoint_step::finish:
    return "finish";
  case checkpoint_step::abort:
    return "abort";
  }
  return "?";
}

struct scripted_container {
  /// work_done ends a dump that is held back.
  using handle = extended_api<container_handle, caf::result<void>(work_done)>;
  static constexpr const char* name = "scripted-container";

  scripted_container(handle::pointer self, script& plan) : self{self}, plan{plan} {}

  template <class Reply>
  caf::result<Reply> answer(const std::string& step, Reply reply) {
    plan.steps.push_back(step);
    if (auto failure = plan.failures.find(step); failure != plan.failures.end())
      return to_caf(failure->second);
    return reply;
  }

  handle::behavior_type make_behavior() {
    return {
        [](const container_command&) -> caf::result<container_done> { return container_done{}; },
        [this](const begin_checkpoint&) {
          return answer("begin", checkpoint_begun{std::string(64, 'a'), "web"});
        },
        [this](const take_step& request) -> caf::result<step_taken> {
          if (request.step == checkpoint_step::dump && plan.hold_dump) {
            plan.steps.emplace_back("dump");
            held_dump = self->make_response_promise<step_taken>();
            return *held_dump;
          }
          return answer(name_of(request.step), step_taken{1500, {}, "", {}});
        },
        [this](const capture_checkpoint&) {
          return answer("capture", captured{{std::make_shared<const archive_source>(plan.source)}});
        },
        [this](const work_done&) {
          if (auto failure = plan.failures.find("dump"); failure != plan.failures.end())
            refuse(*held_dump, to_caf(failure->second));
          else
            fulfil(*held_dump, step_taken{});
        },
    };
  }

  handle::pointer self;
  script& plan;
  std::optional<caf::typed_response_promise<step_taken>> held_dump;
};

struct scripted_pourer {
  using handle = pourer_handle;
  static constexpr const char* name = "scripted-pourer";

  scripted_pourer(handle::pointer self, script& plan) : self{self}, plan{plan} {}

  handle::behavior_type make_behavior() {
    return {
        [this](const pour_archive& request) -> caf::result<poured> {
          EXPECT_TRUE(request.rest_follows);
          plan.steps.emplace_back("pour");
          if (plan.captures)
            self->send(request.observer, pour_progress{request.target, 0, 1, 0, true});
          if (auto failure = plan.failures.find("pour"); failure != plan.failures.end())
            return to_caf(failure->second);
          front = request.content;
          observer = request.awaits_commit ? request.observer : pour_observer_handle{};
          answer = self->make_response_promise<poured>();
          return *answer;
        },
        [this](const pour_rest& request) -> caf::result<void> {
          plan.steps.emplace_back("rest");
          EXPECT_EQ(request.content->begin_offset(), front->end_offset());
          reply.bytes_read = request.content->end_offset();
          reply.bytes_written = 77;
          reply.digest = "d1";
          reply.changed.push_back("volumes/data/log: it became shorter");
          if (observer)
            self->send(observer, pour_progress{"a.tar", 1, 1, 77, true, true});
          else
            fulfil(*answer, std::move(reply));
          return caf::unit;
        },
        [this](const commit_pour&) -> caf::result<void> {
          plan.steps.emplace_back("commit");
          fulfil(*answer, std::move(reply));
          return caf::unit;
        },
        [this](const cancel_pour&) -> caf::result<void> {
          plan.steps.emplace_back("cancel");
          refuse(*answer, to_caf({error_code::cancelled, "a.tar", "writing it was cancelled", ""}));
          return caf::unit;
        },
    };
  }

  handle::pointer self;
  script& plan;
  std::shared_ptr<const rope> front;
  pour_observer_handle observer; ///< if the archive waits for its name
  poured reply;
  std::optional<caf::typed_response_promise<poured>> answer;
};

/// Remembers whose slot is free.
struct slot_log {
  /// work_done gives the turn.
  using handle = extended_api<slot_owner_handle, caf::result<void>(work_done)>;
  static constexpr const char* name = "slot-log";

  slot_log(handle::pointer self, std::vector<uint64_t>& planned, std::vector<uint64_t>& freed)
      : self{self}, planned{planned}, freed{freed} {}

  handle::behavior_type make_behavior() {
    return {[this](const await_turn&) -> caf::result<turn_given> {
              turn = self->make_response_promise<turn_given>();
              return *turn;
            },
            [this](const capture_planned& request) { planned.push_back(request.bytes); },
            [this](const free_slot& request) { freed.push_back(request.job); },
            [this](const work_done&) { fulfil(turn.value(), turn_given{}); }};
  }

  handle::pointer self;
  std::optional<caf::typed_response_promise<turn_given>> turn;
  std::vector<uint64_t>& planned;
  std::vector<uint64_t>& freed;
};

class checkpoint_job_test : public actor_test {
 protected:
  test::scratch_directory scratch;
  script plan;
  scripted_container::handle container;
  budget_handle windows = spawn<budget>(uint32_t{4});
  group_handle members; ///< none
  job_handle job;

  void SetUp() override {
    const auto bundle = scratch / "bundle";
    test::write_file(bundle + "/checkpoint/inventory.img", "images");
    test::write_file(scratch / "data/counter", "42");
    plan.source.config_dump = "{}";
    plan.source.spec_dump = "{}";
    plan.source.bundle = bundle;
    plan.source.images_directory = "checkpoint";
    plan.source.volumes = {{{"data", {{"tier", "db"}}, {}}, scratch / "data"}};
  }

  void make_job(checkpoint_options options) {
    container = spawn<scripted_container>(plan);
    job = spawn<checkpoint_job>(
        pool, windows,
        [this](caf::actor_system&, uint32_t) -> pourer_handle {
          return spawn<scripted_pourer>(plan);
        },
        container, members, std::move(options), observer_handle{});
  }

  operation_result run_to_end(checkpoint_options options) {
    make_job(std::move(options));
    auto reply = call<operation_result>(job, run_job{"web"});
    return reply ? *reply : operation_result{};
  }

  static checkpoint_options with_export() {
    checkpoint_options options;
    options.export_path = "/somewhere/web.tar.zst";
    options.leave_running = true;
    return options;
  }
};

using steps = std::vector<std::string>;

TEST_F(checkpoint_job_test, an_export_takes_all_steps_in_order) {
  auto result = run_to_end(with_export());
  EXPECT_EQ(plan.steps,
            (steps{"begin", "begin_dump", "capture", "dump", "pour", "rest", "finish"}));
  EXPECT_EQ(result.status, outcome::done);
  EXPECT_EQ(result.name, "web");
  EXPECT_EQ(result.digest, "d1");
  EXPECT_EQ(result.bytes_written, 77u);
  EXPECT_EQ(result.frozen_microseconds, 1500u);
}

TEST_F(checkpoint_job_test, without_an_export_nothing_is_poured) {
  auto result = run_to_end({});
  EXPECT_EQ(plan.steps, (steps{"begin", "begin_dump", "dump", "finish"}));
  EXPECT_EQ(result.status, outcome::done);
  EXPECT_TRUE(result.archive.empty());
}

TEST_F(checkpoint_job_test, thawing_early_comes_before_the_files_are_planned) {
  auto options = with_export();
  options.thaw_early = true;
  run_to_end(options);
  EXPECT_EQ(plan.steps,
            (steps{"begin", "begin_dump", "dump", "thaw", "capture", "pour", "rest", "finish"}));
}

TEST_F(checkpoint_job_test, what_goes_on_is_thawed_when_all_of_it_has_been_read) {
  plan.captures = true;
  const auto result = run_to_end(with_export());
  EXPECT_EQ(plan.steps,
            (steps{"begin", "begin_dump", "capture", "dump", "pour", "thaw", "rest", "finish"}));
  EXPECT_EQ(result.status, outcome::done);
}

TEST_F(checkpoint_job_test, files_are_read_while_the_memory_is_dumped) {
  plan.hold_dump = true;
  plan.captures = true;
  make_job(with_export());
  auto request = self->request(job, caf::infinite, run_job{"web"});
  run();
  EXPECT_EQ(plan.steps, (steps{"begin", "begin_dump", "capture", "dump", "pour"}))
      << "nothing is thawed before it is dumped";
  self->send(container, work_done{});
  run();
  auto result = receive<operation_result>(request);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, outcome::done);
  EXPECT_EQ(plan.steps,
            (steps{"begin", "begin_dump", "capture", "dump", "pour", "thaw", "rest", "finish"}));
}

TEST_F(checkpoint_job_test, is_not_frozen_before_its_turn_and_frees_its_slot_when_captured) {
  std::vector<uint64_t> planned;
  std::vector<uint64_t> freed;
  auto owner = spawn<slot_log>(planned, freed);
  plan.hold_dump = true;
  plan.captures = true;
  make_job(with_export());
  auto request =
      self->request(job, caf::infinite, run_job{"web", {}, {}, 7, slot_owner_handle{owner}});
  run();
  EXPECT_EQ(plan.steps, (steps{"begin"}));
  self->send(owner, work_done{});
  run();
  EXPECT_EQ(planned.size(), 1u);
  EXPECT_TRUE(freed.empty());
  self->send(container, work_done{});
  run();
  EXPECT_EQ(freed, (std::vector<uint64_t>{7}));
  EXPECT_TRUE(receive<operation_result>(request));
}

TEST_F(checkpoint_job_test, a_dump_that_fails_while_the_files_are_written_ends_the_archive) {
  plan.hold_dump = true;
  make_job(with_export());
  auto request = self->request(job, caf::infinite, run_job{"web"});
  run();
  plan.failures["dump"] = {error_code::dump_failed, "container web", "CRIU says no", ""};
  self->send(container, work_done{});
  run();
  auto result = receive<operation_result>(request);
  ASSERT_TRUE(result);
  EXPECT_EQ(plan.steps,
            (steps{"begin", "begin_dump", "capture", "dump", "pour", "cancel", "abort"}));
  EXPECT_EQ(result->code, error_code::dump_failed);
}

TEST_F(checkpoint_job_test, images_that_cannot_be_planned_end_the_archive) {
  std::filesystem::remove_all(plan.source.bundle + "/checkpoint");
  const auto result = run_to_end(with_export());
  EXPECT_EQ(plan.steps,
            (steps{"begin", "begin_dump", "capture", "dump", "pour", "cancel", "abort"}));
  EXPECT_EQ(result.status, outcome::failed);
}

TEST_F(checkpoint_job_test, what_is_stopped_stays_frozen_until_its_archive_is_there) {
  plan.captures = true;
  auto options = with_export();
  options.leave_running = false;
  run_to_end(options);
  EXPECT_EQ(plan.steps,
            (steps{"begin", "begin_dump", "capture", "dump", "pour", "rest", "finish"}));
}

TEST_F(checkpoint_job_test, a_container_that_cannot_be_thawed_is_a_failure) {
  plan.captures = true;
  plan.failures["thaw"] = {error_code::freeze_failed, "container web", "it stays frozen", ""};
  const auto result = run_to_end(with_export());
  EXPECT_EQ(plan.steps,
            (steps{"begin", "begin_dump", "capture", "dump", "pour", "thaw", "rest", "abort"}));
  EXPECT_EQ(result.code, error_code::freeze_failed);
}

TEST_F(checkpoint_job_test, a_refused_begin_undoes_nothing) {
  plan.failures["begin"] = {error_code::wrong_state, "container web", "it is not running", ""};
  auto result = run_to_end(with_export());
  EXPECT_EQ(plan.steps, (steps{"begin"}));
  EXPECT_EQ(result.code, error_code::wrong_state);
  EXPECT_EQ(result.cause, "it is not running");
}

TEST_F(checkpoint_job_test,
       every_later_failure_is_followed_by_an_abort_and_reaches_the_user_whole) {
  for (const std::string step : {"begin_dump", "capture", "dump", "pour", "finish"}) {
    plan.steps.clear();
    plan.failures = {{step, {error_code::no_space, "the thing", "the cause", "the advice"}}};
    auto result = run_to_end(with_export());
    EXPECT_EQ(plan.steps.back(), "abort") << step;
    EXPECT_EQ(result.status, outcome::failed) << step;
    EXPECT_EQ(error_of(result),
              (error{error_code::no_space, "the thing", "the cause", "the advice"}));
  }
}

TEST_F(checkpoint_job_test, a_directory_that_cannot_be_planned_is_a_failure_that_names_it) {
  plan.source.volumes = {{{"data", {}, {}}, scratch / "missing"}};
  auto result = run_to_end(with_export());
  EXPECT_EQ(plan.steps.back(), "abort");
  EXPECT_EQ(result.status, outcome::failed);
  EXPECT_NE(describe(error_of(result)).find("missing"), std::string::npos);
}

TEST_F(checkpoint_job_test, the_death_of_the_container_actor_is_a_failed_result) {
  plan.hold_dump = true;
  make_job(with_export());
  auto request = self->request(job, caf::infinite, run_job{"web"});
  run();
  caf::anon_send_exit(container, caf::exit_reason::kill);
  run();
  auto result = receive<operation_result>(request);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, outcome::failed);
  EXPECT_EQ(result->code, error_code::lost);
}

TEST_F(checkpoint_job_test, cancelling_between_steps_aborts) {
  plan.hold_dump = true;
  make_job(with_export());
  auto request = self->request(job, caf::infinite, run_job{"web"});
  run();
  self->send(job, cancel_job{});
  run();
  self->send(container, work_done{});
  run();
  auto result = receive<operation_result>(request);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, outcome::cancelled);
  EXPECT_EQ(plan.steps.back(), "abort");
}

TEST_F(checkpoint_job_test, one_that_waits_for_memory_can_be_cancelled) {
  ASSERT_TRUE(call<windows_reserved>(windows, reserve_windows{8}));
  ASSERT_TRUE(call<windows_reserved>(windows, reserve_windows{4}));
  make_job(with_export());
  auto request = self->request(job, caf::infinite, run_job{"web"});
  run();
  EXPECT_EQ(plan.steps, (steps{"begin"})) << "nothing stands still for it";
  self->send(job, cancel_job{});
  run();
  auto result = receive<operation_result>(request);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, outcome::cancelled);
  EXPECT_EQ(plan.steps.back(), "abort");
}

TEST_F(checkpoint_job_test, archives_of_a_group_get_their_names_when_all_are_complete) {
  for (const bool other_fails : {false, true}) {
    plan.steps.clear();
    members = spawn<group>(size_t{2}, std::string{"pod shop"});
    windows = spawn<budget>(uint32_t{8}); // the first one gets half of them
    make_job(with_export());
    auto done = self->request(job, caf::infinite, run_job{"web"});
    run();
    EXPECT_EQ(plan.steps, (steps{"begin", "freeze"})) << "it is dumped when all stand still";
    self->send(members, pass_gate{group_gate::frozen});
    run();
    EXPECT_EQ(std::ranges::count(plan.steps, "rest"), 1);
    EXPECT_EQ(std::ranges::count(plan.steps, "commit"), 0);
    const auto memory = call<windows_reserved>(windows, reserve_windows{4});
    ASSERT_TRUE(memory) << "it keeps what those need for whom it waits";
    EXPECT_EQ(memory->count, 4u);
    self->send(windows, release_windows{});
    if (other_fails)
      self->send(members, leave_group{"its container db failed"});
    else
      self->send(members, pass_gate{group_gate::complete});
    run();
    EXPECT_EQ(std::ranges::count(plan.steps, "commit"), other_fails ? 0 : 1);
    EXPECT_EQ(std::ranges::count(plan.steps, "cancel"), other_fails ? 1 : 0);
    self->send(members, pass_gate{group_gate::archived});
    run();
    const auto result = receive<operation_result>(done);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, other_fails ? outcome::cancelled : outcome::done);
  }
}

TEST_F(checkpoint_job_test, stages_add_up_to_the_total) {
  auto result = run_to_end(with_export());
  uint64_t sum = 0;
  for (const auto& stage : result.stages)
    sum += stage.microseconds;
  EXPECT_EQ(sum, result.total_microseconds);
  EXPECT_EQ(result.stages.front().name, "check");
  EXPECT_EQ(result.stages.back().name, "finish");
}

TEST_F(checkpoint_job_test, a_file_that_changed_while_it_was_read_becomes_a_warning) {
  auto result = run_to_end(with_export());
  ASSERT_FALSE(result.warnings.empty());
  EXPECT_EQ(result.warnings.back(), "volumes/data/log: it became shorter");
}

} // namespace
} // namespace floe
