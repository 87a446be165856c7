#include "actors/pourer.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace floe {

namespace {

constexpr auto progress_interval = std::chrono::milliseconds{100};
constexpr uint64_t progress_bytes = uint64_t{64} << 20;

pourer_limits with_defaults(pourer_limits limits) {
  if (limits.workers == 0)
    limits.workers = std::max(1u, std::thread::hardware_concurrency());
  if (limits.slots == 0)
    limits.slots = 2 * limits.workers + 2;
  return limits;
}

struct opened_target {
  std::shared_ptr<durable_file> file;
  std::shared_ptr<extent_cloner> cloner; ///< null: everything is to be written
};

expected<opened_target> open_target(const pour_archive& job, uint64_t bytes_min) {
  auto file = durable_file::create(job.target, {job.overwrite, job.sync});
  if (!file)
    return tl::unexpected{std::move(file.error())};
  opened_target opened{std::move(*file), nullptr};
  if (job.method == compression::none) {
    opened.cloner = std::make_shared<extent_cloner>(opened.file->fd());
    // What is shared takes no room: it needs not be there.
    if (opened.cloner->works_for(*job.content))
      return opened;
    opened.cloner.reset();
  }
  if (auto reserved = opened.file->reserve(bytes_min, job.method == compression::none); !reserved)
    return tl::unexpected{std::move(reserved.error())};
  return opened;
}

} // namespace

pourer::pourer(handle::pointer self, ring_handle ring, worker_pool& pool, pourer_limits limits,
               frame_worker_factory spawn_worker)
    : self_{self}, ring_{std::move(ring)}, limits_{with_defaults(limits)},
      spawn_worker_{std::move(spawn_worker)}, blocking_{self, pool} {}

pourer::~pourer() {
  for (const auto& worker : workers_)
    end_actor(worker);
}

pourer::handle::behavior_type pourer::make_behavior() {
  return {
      [this](const pour_archive& request) { return on_pour(request); },
      [this](const pour_rest& request) { return on_rest(request); },
      [this](const commit_pour& request) { return on_commit(request); },
      [this](const cancel_pour& request) { return on_cancel(request); },
      [this](const work_done& done) { blocking_.on_done(done); },
  };
}

// -- messages -------------------------------------------------------------------

caf::result<poured> pourer::on_pour(const pour_archive& request) {
  if (phase_ != phase::created)
    return to_caf({error_code::usage, request.target, "this pourer has an archive already", ""});
  if (!request.content)
    return to_caf({error_code::usage, request.target, "there is no content to write", ""});
  job_ = request;
  answer_ = self_->make_response_promise<poured>();
  auto promise = *answer_;
  open();
  return promise;
}

caf::result<void> pourer::on_rest(const pour_rest& request) {
  if (!job_.rest_follows || rest_)
    return to_caf({error_code::usage, job_.target, "nothing was to follow its content", ""});
  if (phase_ != phase::opening && phase_ != phase::pouring)
    return caf::unit; // it has failed, and says so
  if (!request.content || request.content->begin_offset() != job_.content->end_offset()) {
    const error why{error_code::usage, job_.target, "this is not the rest of its content", ""};
    fail(why);
    return to_caf(why);
  }
  rest_ = request.content;
  add_content(rest_, true);
  if (phase_ == phase::pouring)
    reserve_rest();
  return caf::unit;
}

caf::result<void> pourer::on_commit(const commit_pour&) {
  if (!complete_)
    return to_caf({error_code::usage, job_.target, "it does not wait for its name", ""});
  if (phase_ == phase::closing) // else it was cancelled, and says so
    commit();
  return caf::unit;
}

caf::result<void> pourer::on_cancel(const cancel_pour&) {
  auto promise = self_->make_response_promise<void>();
  cancels_.push_back(promise);
  if (phase_ == phase::created)
    settle();
  else if (phase_ != phase::committing)
    fail({error_code::cancelled, job_.target, "writing it was cancelled", ""});
  return promise;
}

// -- phases ---------------------------------------------------------------------

void pourer::open() {
  phase_ = phase::opening;
  stages_.begin("open", now());
  ledger_.emplace(job_.method, job_.notes);
  add_content(job_.content, !job_.rest_follows);
  rest_from_ = windows_.size();
  if (job_.rest_follows)
    content_bytes_max_ = limits_.window_bytes;
  if (auto spawned = spawn_workers(); !spawned)
    return fail(std::move(spawned.error()));
  ++under_way_;
  blocking_.run([job = job_, bytes_min = archive_bytes_min(
                                 job_.method, windows_)] { return open_target(job, bytes_min); },
                [this](expected<opened_target> opened) {
                  if (opened) {
                    file_ = std::move(opened->file);
                    cloner_ = std::move(opened->cloner);
                  } else {
                    fail(std::move(opened.error()));
                  }
                  if (phase_ == phase::opening)
                    begin_pouring();
                  request_is_done();
                });
}

void pourer::begin_pouring() {
  phase_ = phase::pouring;
  stages_.begin("pour", now());
  if (rest_)
    reserve_rest();
  pump();
}

void pourer::add_content(const std::shared_ptr<const rope>& content, bool is_last) {
  const auto windows = cut_windows(*content, limits_.window_bytes, is_last);
  windows_.insert(windows_.end(), windows.begin(), windows.end());
  ledger_->add_content(*content);
  content_bytes_ += content->size();
  for (const auto& each : windows)
    content_bytes_max_ = std::max(content_bytes_max_, each.length);
}

/// Nothing of the rest is written before there is room for it.
void pourer::reserve_rest() {
  const auto windows = std::span{windows_}.subspan(rest_from_);
  const auto bytes_min = archive_bytes_min(job_.method, windows);
  const bool allocate = job_.method == compression::none && !cloner_;
  ++under_way_;
  blocking_.run(
      [file = file_, bytes_min, allocate, rest = rest_,
       shares = bool{cloner_}]() -> expected<void> {
        if (shares && extent_cloner{file->fd()}.works_for(*rest))
          return {};
        return file->reserve(bytes_min, allocate, rest->begin_offset());
      },
      [this](expected<void> reserved) {
        if (!reserved)
          fail(std::move(reserved.error()));
        rest_reserved_ = true;
        pump();
        request_is_done();
      });
}

expected<void> pourer::spawn_workers() {
  const auto count =
      job_.rest_follows ? limits_.workers : std::min(limits_.workers, windows_.size());
  for (size_t i = 0; i < std::max<size_t>(count, 1); ++i) {
    auto codec = make_frame_codec(job_.method, job_.level);
    if (!codec)
      return tl::unexpected{std::move(codec.error())};
    frame_bytes_max_ = (*codec)->frame_bytes_max(content_bytes_max_);
    workers_.push_back(spawn_worker_(self_->home_system(), std::move(*codec)));
  }
  idle_workers_ = workers_;
  return {};
}

void pourer::pump() {
  const auto ready = rest_reserved_ ? windows_.size() : rest_from_;
  while (phase_ == phase::pouring && next_fill_ < ready) {
    auto slot = free_slot();
    if (!slot)
      return;
    slot->index = next_fill_;
    slot->content = next_fill_ < rest_from_ ? job_.content : rest_;
    slot->which = windows_[next_fill_];
    ++next_fill_;
    fill(std::move(slot));
  }
  if (phase_ == phase::pouring && next_write_ == windows_.size() && (rest_ || !job_.rest_follows))
    close();
}

void pourer::close() {
  phase_ = phase::closing;
  stages_.begin("finish", now());
  auto closing = ledger_->close();
  result_.digest = std::move(closing.digest);
  result_.bytes_read = content_bytes_;
  result_.bytes_written = ledger_->end() + closing.tail.size();
  for (const auto& change : ledger_->changes())
    result_.changed.push_back(describe(change));
  tail_ = std::make_shared<const std::string>(std::move(closing.tail));
  request(ring_, write_block{{file_}, ledger_->end(), std::as_bytes(std::span{*tail_}), {tail_}},
          [this] { job_.awaits_commit ? await_commit() : commit(); });
}

/// What can go wrong with the bytes has gone well before anybody is told.
void pourer::await_commit() {
  free_slots_.clear(); // the memory is others' meanwhile
  ++under_way_;
  blocking_.run([file = file_] { return file->sync(); },
                [this](expected<void> durable) {
                  if (!durable) {
                    fail(std::move(durable.error()));
                  } else if (phase_ == phase::closing) {
                    complete_ = true;
                    send_progress(result_.bytes_written);
                  }
                  request_is_done();
                });
}

void pourer::commit() {
  phase_ = phase::committing;
  ++under_way_;
  blocking_.run([file = std::move(file_)] { return file->commit(); },
                [this](expected<void> committed) {
                  if (committed)
                    finish();
                  else
                    fail(std::move(committed.error()));
                  request_is_done();
                });
}

void pourer::finish() {
  report_progress(true);
  operation_result times;
  stages_.finish(times, now());
  result_.stages = std::move(times.stages);
  phase_ = phase::ended;
}

// -- the way of a window --------------------------------------------------------

pourer::slot_ptr pourer::free_slot() {
  if (!free_slots_.empty()) {
    auto slot = std::move(free_slots_.back());
    free_slots_.pop_back();
    return slot;
  }
  if (slots_made_ == limits_.slots)
    return nullptr;
  ++slots_made_;
  return std::make_shared<window_slot>(content_bytes_max_, frame_bytes_max_);
}

void pourer::fill(slot_ptr slot) {
  slot->times.index = slot->index;
  slot->times.read_begun = stage_times::microseconds_of(now());
  request(ring_, fill_slot{{slot}}, [this, slot] {
    slot->times.read_ended = stage_times::microseconds_of(now());
    // Blocks are shared with what the file is then.
    if (!cloner_)
      window_captured(slot->index);
    filled_.push_back(slot);
    compress_next();
  });
}

void pourer::window_captured(size_t index) {
  if (index < rest_from_ && ++captured_windows_ == rest_from_)
    send_progress(ledger_->end());
}

void pourer::compress_next() {
  if (filled_.empty() || idle_workers_.empty())
    return;
  auto slot = std::move(filled_.front());
  filled_.pop_front();
  auto worker = std::move(idle_workers_.back());
  idle_workers_.pop_back();
  request(worker, compress_slot{{slot}}, [this, slot, worker] {
    idle_workers_.push_back(worker);
    compressed_.emplace(slot->index, slot);
    compress_next();
    write_next();
  });
}

void pourer::write_next() {
  const auto first = compressed_.begin();
  if (writing_ || first == compressed_.end() || first->first != next_write_)
    return;
  writing_ = true;
  auto slot = std::move(first->second);
  compressed_.erase(first);
  slot->times.write_begun = stage_times::microseconds_of(now());
  if (cloner_)
    return clone(slot);
  request(ring_, write_block{{file_}, ledger_->end(), slot->stored, {slot}},
          [this, slot] { written(slot); });
}

/// Shares the blocks of the window's files with the archive, and writes the rest.
void pourer::clone(const slot_ptr& slot) {
  ++under_way_;
  blocking_.run([cloner = cloner_, file = file_,
                 slot] { return cloner->place(*slot->content, slot->which, slot->stored); },
                [this, slot](expected<void> placed) {
                  if (!placed) {
                    placed.error().subject = job_.target;
                    fail(std::move(placed.error()));
                  } else if (phase_ == phase::pouring) {
                    window_captured(slot->index);
                    written(slot);
                  }
                  request_is_done();
                });
}

void pourer::written(const slot_ptr& slot) {
  writing_ = false;
  ++next_write_;
  ledger_->add_frame(slot->which, slot->stored.size(), slot->digest);
  ledger_->add_changes(std::move(slot->changes));
  slot->times.write_ended = stage_times::microseconds_of(now());
  if (job_.trace)
    result_.windows.push_back(slot->times);
  bytes_done_ += slot->which.length;
  free_slots_.push_back(slot);
  report_progress(false);
  write_next();
  pump();
}

// -- requests and their end -----------------------------------------------------

template <class Receiver, class Message, class Then>
void pourer::request(const Receiver& receiver, Message message, Then then) {
  ++under_way_;
  // The ring and the workers answer everything, also when they are ended; so no timeout is needed.
  ask(self_, receiver, caf::infinite, std::move(message))
      .then(
          [this, then = std::move(then)]() mutable {
            if (phase_ == phase::pouring || phase_ == phase::closing)
              then();
            request_is_done();
          },
          [this](const caf::error& why) {
            fail(to_error(why, job_.target));
            request_is_done();
          });
}

void pourer::request_is_done() {
  --under_way_;
  if (under_way_ != 0)
    return;
  if (phase_ == phase::failing)
    discard();
  else if (phase_ == phase::ended)
    settle();
}

/// The first error counts. Nothing new is begun; what is under way is waited for, because it uses
/// the file.
void pourer::fail(error why) {
  if (phase_ == phase::failing || phase_ == phase::discarding || phase_ == phase::ended)
    return;
  failure_ = std::move(why);
  phase_ = phase::failing;
  if (under_way_ == 0)
    discard();
}

void pourer::discard() {
  phase_ = phase::discarding;
  ++under_way_;
  blocking_.run(
      [file = std::move(file_)]() mutable {
        file.reset();
        return true;
      },
      [this](bool) {
        phase_ = phase::ended;
        request_is_done();
      });
}

/// The one place where promises are kept, and the end of the actor.
void pourer::settle() {
  phase_ = phase::ended;
  if (answer_ && failure_)
    refuse(*answer_, to_caf(*failure_));
  else if (answer_)
    fulfil(*answer_, std::move(result_));
  answer_.reset();
  for (auto& each : cancels_)
    fulfil(each);
  cancels_.clear();
  self_->quit();
}

// -- progress -------------------------------------------------------------------

void pourer::report_progress(bool last) {
  const auto time = now();
  if (!job_.observer || (!last && time - reported_at_ < progress_interval &&
                         bytes_done_ - reported_bytes_ < progress_bytes))
    return;
  send_progress(last ? result_.bytes_written : ledger_->end());
}

void pourer::send_progress(uint64_t bytes_written) {
  if (!job_.observer)
    return;
  reported_at_ = now();
  reported_bytes_ = bytes_done_;
  tell(self_, job_.observer,
       pour_progress{job_.target, bytes_done_, content_bytes_, bytes_written,
                     captured_windows_ == rest_from_, complete_});
}

pourer::time_point pourer::now() const {
  return self_->clock().now();
}

} // namespace floe
