#include "actors/container.hpp"

#include "actors/support/container_commands.hpp"

#include <utility>

namespace floe {

container::container(handle::pointer self, std::string id, container_source source,
                     container_host& host, worker_pool& pool, runtime_handle runtime)
    : self_{self}, id_{std::move(id)}, source_{source}, host_{host}, pool_{pool},
      runtime_{std::move(runtime)}, blocking_{self, pool}, requests_{self} {}

container::~container() {
  if (session_)
    pool_.submit([session = std::move(session_)] {
      session->with([](checkpoint_session& held) { return held.abort(); });
    });
}

container::handle::behavior_type container::make_behavior() {
  return {
      [this](const container_command& command) { return on_command(command); },
      [this](const begin_checkpoint& request) { return on_begin(request); },
      [this](const take_step& request) { return on_step(request); },
      [this](const capture_checkpoint& request) { return on_capture(request); },
      [this](const stands_still&) { on_still(); },
      [this](const work_done& done) { blocking_.on_done(done); },
      [this](const receiver_ended& ended) { requests_.on_ended(ended); },
  };
}

error container::busy() const {
  return {error_code::container_busy, "container " + id_.substr(0, 12),
          phase_ == phase::held ? "it is being checkpointed" : "it is being worked on",
          "wait until that is done"};
}

// -- life -------------------------------------------------------------------------

caf::result<container_done> container::on_command(const container_command& command) {
  if (phase_ == phase::held || waiting_.size() >= container_queue_max)
    return to_caf(busy());
  auto answer = self_->make_response_promise<container_done>();
  if (phase_ == phase::busy)
    waiting_.push_back({command, answer});
  else
    execute(command, answer);
  return answer;
}

void container::execute(container_command command, command_promise answer) {
  phase_ = phase::busy;
  blocking_.run([&host = host_, command = std::move(command),
                 id = id_] { return run_container_command(host, id, command); },
                [this, answer](expected<container_done> done) mutable {
                  if (done)
                    fulfil(answer, std::move(*done));
                  else
                    refuse(answer, to_caf(done.error()));
                  become_idle();
                });
}

void container::become_idle() {
  phase_ = phase::idle;
  if (waiting_.empty())
    return;
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  execute(std::move(next.command), std::move(next.answer));
}

// -- checkpoint -------------------------------------------------------------------

caf::result<checkpoint_begun> container::on_begin(const begin_checkpoint& request) {
  if (phase_ != phase::idle)
    return to_caf(busy());
  phase_ = phase::held;
  cancel_ = request.cancel;
  auto answer = self_->make_response_promise<checkpoint_begun>();
  blocking_.run(
      [&host = host_, id = id_, source = source_,
       options = request.options]() -> expected<std::pair<session_ref, checkpoint_begun>> {
        auto begun = checkpoint_session::begin(host, source, id, options);
        if (!begun)
          return tl::unexpected(begun.error());
        checkpoint_begun names{begun->id(), begun->name()};
        return std::pair{std::make_shared<exclusive<checkpoint_session>>(std::move(*begun)),
                         std::move(names)};
      },
      [this, answer](expected<std::pair<session_ref, checkpoint_begun>> begun) mutable {
        if (!begun) {
          refuse(answer, to_caf(begun.error()));
          return become_idle();
        }
        session_ = std::move(begun->first);
        name_ = begun->second.name;
        fulfil(answer, std::move(begun->second));
      });
  return answer;
}

caf::result<step_taken> container::on_step(const take_step& request) {
  auto answer = self_->make_response_promise<step_taken>();
  const auto aborts = request.step == checkpoint_step::abort;
  if (!session_ && aborts)
    fulfil(answer, step_taken{}); // nothing is held: there is nothing to undo
  else if (!session_)
    refuse(answer, to_caf({error_code::internal, "container " + id_.substr(0, 12),
                           "a step came without begin_checkpoint", ""}));
  else if (!step_under_way_ && (!dumping_ || request.step == checkpoint_step::dump))
    take(request.step, answer);
  else if (aborts && !waiting_abort_)
    waiting_abort_ = answer; // what is under way has seen the cancellation and ends soon
  else
    refuse(answer, to_caf(busy()));
  return answer;
}

void container::take(checkpoint_step step, step_promise answer) {
  const auto stop = cancel_.token;
  switch (step) {
  case checkpoint_step::freeze:
    return run_step(
        step, [stop](auto& held) { return held.freeze(stop); }, answer);
  case checkpoint_step::begin_dump:
    step_under_way_ = true;
    awaits_still_ = answer;
    return begin_dump();
  case checkpoint_step::dump:
    return dump(answer);
  case checkpoint_step::thaw:
    return run_step(
        step, [](auto& held) { return held.thaw(); }, answer);
  case checkpoint_step::finish:
    return run_step(
        step, [stop](auto& held) { return held.finish(stop); }, answer);
  case checkpoint_step::abort:
    return run_step(
        step, [](auto& held) { return held.abort(); }, answer);
  }
}

caf::result<captured> container::on_capture(const capture_checkpoint& request) {
  if (!session_ || step_under_way_)
    return to_caf(busy());
  step_under_way_ = true;
  auto answer = self_->make_response_promise<captured>();
  blocking_.run(
      [session = session_, stop = cancel_.token, target = request.target] {
        return session->with([&](checkpoint_session& held) -> expected<archive_source> {
          if (auto noted = held.note_temporary_archive(target); !noted)
            return tl::unexpected(noted.error());
          return held.capture(stop);
        });
      },
      [this, answer](expected<archive_source> source) mutable {
        step_under_way_ = false;
        if (source)
          fulfil(answer, captured{{std::make_shared<const archive_source>(std::move(*source))}});
        else
          refuse(answer, to_caf(source.error()));
        after_step();
      });
  return answer;
}

void container::begin_dump() {
  dumping_ = true;
  dumped_.reset();
  using prepared = expected<std::shared_ptr<dump_run>>;
  blocking_.run(
      [session = session_, stop = cancel_.token]() -> prepared {
        return session->with([&](checkpoint_session& held) { return held.begin_dump(stop); });
      },
      [this](prepared run) {
        if (run)
          run_dump_of(std::move(*run));
        else
          dump_ended(tl::unexpected{std::move(run.error())});
      });
}

void container::run_dump_of(std::shared_ptr<dump_run> run) {
  requests_.ask<runtime_done>(
      runtime_, run_dump{{std::move(run)}, handle{self_}, cancel_}, "container " + name_,
      [this](const runtime_done&) { end_dump({}); },
      [this](error why) { end_dump(tl::unexpected{std::move(why)}); });
}

void container::end_dump(expected<void> dumped) {
  blocking_.run(
      [session = session_, dumped = std::move(dumped)]() mutable {
        return session->with(
            [&](checkpoint_session& held) { return held.end_dump(std::move(dumped)); });
      },
      [this](expected<void> ended) { dump_ended(std::move(ended)); });
}

void container::on_still() {
  if (awaits_still_)
    answer_step(checkpoint_step::begin_dump, step_taken{},
                *std::exchange(awaits_still_, std::nullopt));
}

/// Who waits for it is told; if nobody does yet, it is kept for whoever asks.
void container::dump_ended(expected<void> dumped) {
  dumping_ = false;
  dumped_ = std::move(dumped);
  if (awaits_still_ && *dumped_)
    on_still();
  else if (awaits_still_)
    answer_dump(*std::exchange(awaits_still_, std::nullopt));
  else if (awaits_dump_)
    answer_dump(*std::exchange(awaits_dump_, std::nullopt));
  else
    after_step();
}

void container::dump(step_promise answer) {
  step_under_way_ = true;
  if (dumped_)
    return answer_dump(std::move(answer));
  awaits_dump_ = std::move(answer);
  if (!dumping_)
    begin_dump();
}

void container::answer_dump(step_promise answer) {
  auto done = *std::exchange(dumped_, std::nullopt);
  answer_step(checkpoint_step::dump, done.map([] { return step_taken{}; }), std::move(answer));
}

void container::run_step(checkpoint_step step, step_work work, step_promise answer) {
  step_under_way_ = true;
  blocking_.run(
      [session = session_, work = std::move(work)] {
        return session->with([&](checkpoint_session& held) -> step_result {
          if (auto done = work(held); !done)
            return tl::unexpected(done.error());
          const auto& facts = held.facts();
          return step_taken{static_cast<uint64_t>(held.frozen_time().count()), facts.criu,
                            facts.log_path, facts.warnings};
        });
      },
      [this, step, answer](step_result done) { answer_step(step, std::move(done), answer); });
}

void container::answer_step(checkpoint_step step, step_result done, step_promise answer) {
  step_under_way_ = false;
  const auto finished = step == checkpoint_step::finish && done;
  if (done)
    fulfil(answer, std::move(*done));
  else
    refuse(answer, to_caf(done.error()));
  // A finish that failed can still be aborted; after an abort there is nothing left to try.
  if (finished || step == checkpoint_step::abort) {
    session_.reset();
    dumped_.reset();
    become_idle();
  }
  after_step();
}

void container::after_step() {
  if (!waiting_abort_ || dumping_ || step_under_way_)
    return;
  auto answer = *std::exchange(waiting_abort_, std::nullopt);
  if (session_)
    take(checkpoint_step::abort, answer);
  else
    fulfil(answer, step_taken{});
}

} // namespace floe
