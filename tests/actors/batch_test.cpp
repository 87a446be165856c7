// Goal: a batch runs its jobs a few at a time, answers for each, and survives their failures.
// Method: scripted jobs that answer when the test says so.
#include "actors/batch.hpp"
#include "actors/support/blocking_calls.hpp"
#include "tests/support/actor_test.hpp"

#include <map>

namespace floe {
namespace {

/// Answers run_job when told; remembers what it was asked.
struct scripted_job {
  /// work_done makes it answer: a promise must be kept on its actor's own thread.
  using handle = extended_api<job_handle, caf::result<void>(work_done)>;
  static constexpr const char* name = "scripted-job";
  struct log {
    std::vector<std::string> started;
    std::map<std::string, outcome> answers;
    std::vector<std::string> cancelled;
    std::map<std::string, run_job> requests;
  };

  scripted_job(handle::pointer self, log& entries) : self{self}, entries{entries} {}

  handle::behavior_type make_behavior() {
    return {
        [this](const run_job& request) -> caf::result<operation_result> {
          input = request.input;
          entries.requests[input] = request;
          entries.started.push_back(input);
          promise = self->make_response_promise<operation_result>();
          return *promise;
        },
        [this](const cancel_job&) -> caf::result<void> {
          entries.cancelled.push_back(input);
          return caf::unit;
        },
        [this](const work_done&) {
          operation_result result;
          result.input = input;
          result.status = entries.answers.at(input);
          fulfil(*promise, std::move(result));
        },
    };
  }

  handle::pointer self;
  log& entries;
  std::string input;
  std::optional<caf::typed_response_promise<operation_result>> promise;
};

/// Asks for turns on behalf of jobs and remembers who has got one.
struct turn_taker {
  using handle = api<caf::result<void>(await_turn)>;
  static constexpr const char* name = "turn-taker";

  turn_taker(handle::pointer self, slot_owner_handle owner, std::vector<uint64_t>& given)
      : self{self}, owner{std::move(owner)}, given{given} {}

  handle::behavior_type make_behavior() {
    return {[this](const await_turn& wanted) -> caf::result<void> {
      self->request(owner, caf::infinite, wanted).then([this, wanted](const turn_given&) {
        given.push_back(wanted.job);
      });
      return caf::unit;
    }};
  }

  handle::pointer self;
  slot_owner_handle owner;
  std::vector<uint64_t>& given;
};

class batch_test : public actor_test {
 protected:
  scripted_job::log log;
  std::vector<uint64_t> turns; ///< numbers of the jobs that have had their turn
  std::map<std::string, scripted_job::handle> jobs;

  batch_handle make(const std::vector<std::string>& inputs) {
    std::vector<planned_job> planned;
    for (const auto& input : inputs)
      planned.push_back({"checkpoint", run_job{input}, [this, input](caf::actor_system&) {
                           auto job = spawn<scripted_job>(log);
                           jobs[input] = job;
                           return job;
                         }});
    return spawn<batch>(std::move(planned));
  }

  /// They ask in this order.
  void want_turns(const std::vector<std::string>& inputs) {
    for (const auto& input : inputs) {
      const auto& request = log.requests.at(input);
      self->send(spawn<turn_taker>(request.slots, turns), await_turn{request.number});
      run();
    }
  }

  void finish(const std::string& input, outcome status = outcome::done) {
    log.answers[input] = status;
    self->send(jobs.at(input), work_done{});
    run();
  }
};

TEST_F(batch_test, runs_no_more_jobs_at_once_than_it_was_told) {
  auto subject = make({"a", "b", "c"});
  auto request = self->request(subject, caf::infinite, run_batch{2});
  run();
  EXPECT_EQ(log.started, (std::vector<std::string>{"a", "b"}));
  finish("b");
  EXPECT_EQ(log.started, (std::vector<std::string>{"a", "b", "c"}));
  finish("c");
  finish("a");
  EXPECT_TRUE(receive<batch_result>(request));
}

TEST_F(batch_test, a_job_that_frees_its_slot_makes_room_for_the_next) {
  auto subject = make({"a", "b", "c"});
  auto request = self->request(subject, caf::infinite, run_batch{1});
  run();
  EXPECT_EQ(log.started, (std::vector<std::string>{"a"}));
  self->send(log.requests["a"].slots, free_slot{log.requests["a"].number});
  run();
  EXPECT_EQ(log.started, (std::vector<std::string>{"a", "b"}));
  finish("a");
  EXPECT_EQ(log.started.size(), 2u) << "its slot is given once";
  finish("b");
  finish("c");
  auto reply = receive<batch_result>(request);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->results.size(), 3u);
}

TEST_F(batch_test, the_next_one_has_its_turn_when_the_last_one_is_known_to_be_small) {
  auto subject = make({"a", "b"});
  auto request = self->request(subject, caf::infinite, run_batch{2});
  run();
  const auto a = log.requests["a"];
  const auto b = log.requests["b"];
  want_turns({"a", "b"});
  EXPECT_EQ(turns, (std::vector{a.number}));
  self->send(a.slots, capture_planned{a.number, 1000});
  run();
  EXPECT_EQ(turns, (std::vector{a.number, b.number}));
  finish("a");
  finish("b");
  EXPECT_TRUE(receive<batch_result>(request));
}

TEST_F(batch_test, what_is_large_keeps_its_turn_until_it_is_captured_or_over) {
  auto subject = make({"a", "b", "c"});
  auto request = self->request(subject, caf::infinite, run_batch{3});
  run();
  const auto a = log.requests["a"];
  const auto c = log.requests["c"];
  want_turns({"a", "b", "c"});
  self->send(a.slots, capture_planned{a.number, small_capture_bytes + 1});
  run();
  EXPECT_EQ(turns, (std::vector{a.number}));
  finish("b", outcome::failed); // it does not want it any more
  EXPECT_EQ(turns, (std::vector{a.number}));
  self->send(a.slots, free_slot{a.number});
  run();
  EXPECT_EQ(turns, (std::vector{a.number, c.number}));
  finish("a");
  finish("c");
  EXPECT_TRUE(receive<batch_result>(request));
}

TEST_F(batch_test, a_job_begins_when_those_it_comes_after_have_ended) {
  std::vector<planned_job> planned;
  for (const auto* input : {"owner", "member", "other"})
    planned.push_back({"checkpoint", run_job{input}, [this, input](caf::actor_system&) {
                         auto job = spawn<scripted_job>(log);
                         jobs[input] = job;
                         return job;
                       }});
  planned[0].after = {1};
  auto subject = spawn<batch>(std::move(planned));
  auto request = self->request(subject, caf::infinite, run_batch{3});
  run();
  EXPECT_EQ(log.started, (std::vector<std::string>{"member", "other"}));
  finish("other");
  EXPECT_EQ(log.started.size(), 2u);
  finish("member", outcome::failed);
  EXPECT_EQ(log.started, (std::vector<std::string>{"member", "other", "owner"}));
  finish("owner");
  auto reply = receive<batch_result>(request);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->results.at(0).input, "owner");
}

TEST_F(batch_test, results_keep_the_order_of_the_request) {
  auto subject = make({"a", "b", "c"});
  auto request = self->request(subject, caf::infinite, run_batch{3});
  run();
  finish("c");
  finish("a");
  finish("b");
  auto reply = receive<batch_result>(request);
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->results.size(), 3u);
  EXPECT_EQ(reply->results[0].input, "a");
  EXPECT_EQ(reply->results[2].input, "c");
}

TEST_F(batch_test, a_job_that_dies_becomes_a_failed_result_and_the_others_go_on) {
  auto subject = make({"a", "b"});
  auto request = self->request(subject, caf::infinite, run_batch{1});
  run();
  caf::anon_send_exit(jobs.at("a"), caf::exit_reason::kill);
  run();
  finish("b");
  auto reply = receive<batch_result>(request);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->results[0].status, outcome::failed);
  EXPECT_EQ(reply->results[0].code, error_code::lost);
  EXPECT_EQ(reply->results[1].status, outcome::done);
}

TEST_F(batch_test, cancelling_asks_the_running_jobs_to_stop_and_never_starts_the_others) {
  auto subject = make({"a", "b"});
  auto request = self->request(subject, caf::infinite, run_batch{1});
  run();
  self->send(subject, cancel_batches{});
  run();
  EXPECT_EQ(log.cancelled, (std::vector<std::string>{"a"}));
  finish("a", outcome::cancelled);
  auto reply = receive<batch_result>(request);
  ASSERT_TRUE(reply);
  EXPECT_EQ(log.started, (std::vector<std::string>{"a"}));
  EXPECT_EQ(reply->results[1].status, outcome::cancelled);
  EXPECT_EQ(reply->results[1].code, error_code::cancelled);
}

TEST_F(batch_test, an_empty_batch_is_answered_at_once) {
  auto reply = call<batch_result>(make({}), run_batch{});
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->results.empty());
}

} // namespace
} // namespace floe
