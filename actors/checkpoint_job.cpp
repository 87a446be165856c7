#include "actors/checkpoint_job.hpp"

#include "actors/archive_planner.hpp"
#include "actors/support/append_lines.hpp"
#include "io/posix/durable_file.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace floe {

namespace {

/// What keeps all cores busy: one window is filled while another is compressed.
uint32_t windows_wanted() {
  return 2 * std::max(1u, std::thread::hardware_concurrency()) + 2;
}

} // namespace

checkpoint_job::checkpoint_job(handle::pointer self, worker_pool& pool, budget_handle budget,
                               pourer_factory spawn_pourer, container_handle container,
                               group_handle group, checkpoint_options options,
                               observer_handle observer)
    : self_{self}, pool_{pool}, budget_{std::move(budget)}, spawn_pourer_{std::move(spawn_pourer)},
      container_{std::move(container)}, group_{std::move(group)}, options_{std::move(options)},
      observer_{std::move(observer)}, blocking_{self, pool}, requests_{self} {}

checkpoint_job::~checkpoint_job() {
  stop_.request_stop();
  if (planner_)
    end_actor(planner_);
  if (pourer_) // it may be waiting for the rest
    end_actor(pourer_);
}

checkpoint_job::handle::behavior_type checkpoint_job::make_behavior() {
  return {
      [this](const run_job& request) { return on_run(request); },
      [this](const cancel_job& request) { return on_cancel(request); },
      [this](const work_done& done) { blocking_.on_done(done); },
      [this](const receiver_ended& ended) { requests_.on_ended(ended); },
      [this](const pour_progress& progress) { return on_progress(progress); },
  };
}

// -- messages -------------------------------------------------------------------

caf::result<operation_result> checkpoint_job::on_run(const run_job& request) {
  result_.operation = "checkpoint";
  result_.input = request.input;
  result_.id = request.id;
  result_.name = request.name.empty() ? request.input : request.name;
  slots_ = request.slots;
  number_ = request.number;
  answer_ = self_->make_response_promise<operation_result>();
  begin();
  return *answer_;
}

caf::result<void> checkpoint_job::on_cancel(const cancel_job&) {
  stop_.request_stop();
  if (pourer_)
    tell(pourer_, cancel_pour{}); // from nobody: the answer to the pour is what counts
  else if (awaits_turn_ || (awaits_windows_ && !dumping_))
    undo(was_cancelled());
  return caf::unit;
}

caf::result<void> checkpoint_job::on_progress(const pour_progress& progress) {
  report(progress.bytes_done, progress.bytes_total);
  captured_ = captured_ || progress.captured;
  go_on_when_captured();
  if (progress.complete && !std::exchange(complete_, true)) {
    give_windows_back(); // those who are waited for may need them
    await_group(group_gate::complete, [this] {
      if (pourer_)
        tell(self_, pourer_, commit_pour{});
    });
  }
  return caf::unit;
}

error checkpoint_job::was_cancelled() const {
  return {error_code::cancelled, "container " + result_.name, "it was cancelled", ""};
}

// -- phases ---------------------------------------------------------------------

void checkpoint_job::begin() {
  begin_stage("check");
  requests_.ask<checkpoint_begun>(
      container_, begin_checkpoint{options_, {stop_.get_token()}}, "container " + result_.input,
      [this](checkpoint_begun begun) {
        result_.id = std::move(begun.id);
        result_.name = std::move(begun.name);
        if (exporting() && !group_)
          reserve([this] { await_turn_to_freeze(); });
        else
          freeze();
      },
      [this](error why) {
        set_error(result_, why);
        if (group_)
          tell(self_, group_, leave_group{describe(why)});
        settle();
      });
}

void checkpoint_job::reserve(std::function<void()> next) {
  if (failed_)
    return;
  if (stop_.stop_requested())
    return undo(was_cancelled());
  awaits_windows_ = true;
  if (!dumping_)
    begin_stage("wait");
  requests_.ask<windows_reserved>(
      budget_, reserve_windows{windows_wanted()}, "container " + result_.name,
      [this, next = std::move(next)](windows_reserved reserved) {
        awaits_windows_ = false;
        windows_ = reserved.count;
        if (!failed_)
          next();
      },
      [this](error why) { undo(std::move(why)); });
}

void checkpoint_job::await_turn_to_freeze() {
  if (!slots_ || !reads_files_beside_dump(options_))
    return freeze();
  awaits_turn_ = true;
  requests_.ask<turn_given>(
      slots_, await_turn{number_}, "container " + result_.name,
      [this](const turn_given&) {
        awaits_turn_ = false;
        if (!failed_)
          freeze();
      },
      [this](error why) { undo(std::move(why)); });
}

void checkpoint_job::give_windows_back() {
  if (std::exchange(windows_, 0) != 0)
    tell(self_, budget_, release_windows{});
}

void checkpoint_job::take(checkpoint_step step, std::function<void(step_taken)> next) {
  if (stop_.stop_requested())
    return undo(was_cancelled());
  requests_.ask<step_taken>(
      container_, take_step{step}, "container " + result_.name,
      [this, next = std::move(next)](step_taken facts) {
        if (!failed_)
          next(std::move(facts));
      },
      [this](error why) { undo(std::move(why)); });
}

void checkpoint_job::freeze() {
  begin_stage("freeze");
  // All of a group stand still before the first of them is dumped.
  const auto step = group_ ? checkpoint_step::freeze : checkpoint_step::begin_dump;
  take(step, [this](const step_taken&) {
    await_group(group_gate::frozen, [this] {
      if (reads_files_beside_dump(options_))
        capture();
      else
        dump();
    });
  });
}

void checkpoint_job::await_group(group_gate gate, std::function<void()> next) {
  if (!group_)
    return next();
  requests_.ask<gate_open>(
      group_, pass_gate{gate}, "container " + result_.name,
      [this, next = std::move(next)](const gate_open&) {
        if (!failed_)
          next();
      },
      [this](error why) { undo(std::move(why)); });
}

void checkpoint_job::dump() {
  begin_stage("dump");
  dumping_ = true;
  take(checkpoint_step::dump, [this](const step_taken&) {
    dumping_ = false;
    if (!exporting())
      return await_group(group_gate::complete,
                         [this] { await_group(group_gate::archived, [this] { finish(); }); });
    dumped_ = true;
    if (reads_files_beside_dump(options_))
      return go_on_after_dump();
    begin_stage("plan");
    if (thaws_early())
      take(checkpoint_step::thaw, [this](const step_taken&) { capture(); });
    else
      capture();
  });
}

void checkpoint_job::capture() {
  if (stop_.stop_requested())
    return undo(was_cancelled());
  requests_.ask<captured>(
      container_, capture_checkpoint{options_.export_path}, "container " + result_.name,
      [this](captured reply) { plan(std::move(reply.source)); },
      [this](error why) { undo(std::move(why)); });
}

void checkpoint_job::plan(capture_ref source) {
  source_ = std::move(source);
  if (reads_files_beside_dump(options_))
    dump();
  if (failed_)
    return;
  planner_ = spawn_state<archive_planner>(self_->home_system(), pool_);
  requests_.ask<files_planned>(
      planner_, plan_files{source_, aligns_data(), {stop_.get_token()}},
      "container " + result_.name,
      [this](files_planned reply) {
        front_ = std::move(reply.content.value);
        append_lines(result_.warnings, std::move(reply.warnings));
        if (slots_ && !group_)
          tell(self_, slots_, capture_planned{number_, front_->size()});
        if (!failed_)
          pour();
      },
      [this](error why) { undo(std::move(why)); });
}

void checkpoint_job::pour() {
  if (stop_.stop_requested())
    return undo(was_cancelled());
  if (windows_ == 0)
    return reserve([this] { pour(); });
  pourer_ = spawn_pourer_(self_->home_system(), windows_);
  pour_archive request;
  request.content = front_;
  request.rest_follows = true;
  request.awaits_commit = bool{group_};
  request.target = options_.export_path;
  request.method = options_.method;
  request.level = options_.compression_level;
  request.overwrite = options_.overwrite;
  request.sync = options_.sync;
  request.trace = options_.trace;
  request.notes.warnings = result_.warnings;
  for (const auto& volume : source_.value->volumes)
    request.notes.volumes.push_back(volume.details);
  request.observer = handle{self_};
  requests_.ask<poured>(
      pourer_, std::move(request), options_.export_path,
      [this](poured reply) { on_poured(std::move(reply)); },
      [this](error why) {
        pourer_ = nullptr;
        if (failed_)
          undo_archive();
        else
          undo(std::move(why));
      });
  if (dumped_)
    plan_rest();
}

/// The files may be planned and on their way by now, or not.
void checkpoint_job::go_on_after_dump() {
  if (pourer_) {
    go_on_when_captured();
    plan_rest();
  } else {
    begin_stage(awaits_windows_ ? "wait" : "plan");
  }
}

void checkpoint_job::plan_rest() {
  begin_stage("write");
  report(0, front_->size());
  requests_.ask<images_planned>(
      planner_, plan_images{front_->end_offset()}, "container " + result_.name,
      [this](images_planned reply) {
        if (pourer_) // how it goes is told by the answer to pour_archive
          tell(self_, pourer_, pour_rest{std::move(reply.content.value)});
      },
      [this](error why) { undo(std::move(why)); });
}

/// What is compressed and written by now is in memory or in CRIU's images: nobody has to stand
/// still for that.
void checkpoint_job::go_on_when_captured() {
  if (!captured_ || !dumped_ || failed_ || std::exchange(released_, true))
    return;
  if (slots_)
    tell(self_, slots_, free_slot{number_});
  if (options_.leave_running && !thaws_early())
    thaw();
}

void checkpoint_job::thaw() {
  thawing_ = true;
  const auto done = [this] {
    thawing_ = false;
    if (poured_)
      go_on_after_pour();
  };
  requests_.ask<step_taken>(
      container_, take_step{checkpoint_step::thaw}, "container " + result_.name,
      [done](const step_taken&) { done(); },
      [this, done](error why) {
        thaw_error_ = std::move(why);
        done();
      });
}

void checkpoint_job::on_poured(poured reply) {
  pourer_ = nullptr;
  give_windows_back();
  result_.archive = options_.export_path;
  result_.bytes_read = reply.bytes_read;
  result_.bytes_written = reply.bytes_written;
  result_.digest = std::move(reply.digest);
  result_.windows = std::move(reply.windows);
  append_lines(result_.warnings, std::move(reply.changed));
  poured_ = true;
  if (failed_)
    undo_archive();
  else if (!thawing_)
    go_on_after_pour();
}

void checkpoint_job::go_on_after_pour() {
  if (failed_)
    return;
  if (thaw_error_)
    return undo(std::move(*thaw_error_));
  await_group(group_gate::archived, [this] { finish(); });
}

void checkpoint_job::finish() {
  begin_stage("finish");
  requests_.ask<step_taken>(
      container_, take_step{checkpoint_step::finish}, "container " + result_.name,
      [this](step_taken facts) {
        result_.status = outcome::done;
        result_.frozen_microseconds = facts.frozen_microseconds;
        result_.criu = facts.criu;
        result_.log_path = std::move(facts.log_path);
        append_lines(result_.warnings, std::move(facts.warnings));
        settle();
      },
      [this](error why) { undo(std::move(why)); });
}

void checkpoint_job::undo(error why) {
  if (std::exchange(failed_, true))
    return;
  stop_.request_stop();
  set_error(result_, why);
  begin_stage("undo");
  if (group_)
    tell(self_, group_, leave_group{describe(why)});
  if (pourer_)
    tell(pourer_, cancel_pour{}); // the answer to the pour goes on here
  else
    undo_archive();
}

void checkpoint_job::undo_archive() {
  // An archive that has replaced another is all there is.
  if (!group_ || result_.archive.empty() || options_.overwrite)
    return abort();
  // It is complete, but what it belongs to is not.
  blocking_.run([path = result_.archive] { return remove_durably(path); },
                [this](const expected<void>& removed) {
                  if (!removed)
                    result_.warnings.push_back("its archive stays: " + describe(removed.error()));
                  else
                    result_.archive.clear();
                  abort();
                });
}

void checkpoint_job::abort() {
  requests_.ask<step_taken>(
      container_, take_step{checkpoint_step::abort}, "container " + result_.name,
      [this](const step_taken& facts) {
        result_.frozen_microseconds = facts.frozen_microseconds;
        result_.log_path = facts.log_path;
        settle();
      },
      [this](const error& problem) {
        result_.warnings.push_back("could not be undone: " + describe(problem));
        settle();
      });
}

void checkpoint_job::settle() {
  give_windows_back();
  stages_.finish(result_, self_->clock().now());
  if (observer_)
    tell(self_, observer_,
         job_progress{"checkpoint", result_.id, result_.name,
                      std::string{to_string(result_.status)}, result_.bytes_read,
                      result_.bytes_read, result_.input});
  fulfil(*answer_, std::move(result_));
}

// -- progress -------------------------------------------------------------------

void checkpoint_job::begin_stage(std::string name) {
  stages_.begin(std::move(name), self_->clock().now());
  report(0, 0);
}

void checkpoint_job::report(uint64_t bytes_done, uint64_t bytes_total) {
  if (observer_)
    tell(self_, observer_,
         job_progress{"checkpoint", result_.id, result_.name, stages_.current(), bytes_done,
                      bytes_total, result_.input});
}

} // namespace floe
