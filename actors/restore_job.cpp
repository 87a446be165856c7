#include "actors/restore_job.hpp"

#include "actors/support/append_lines.hpp"
#include "actors/volume.hpp"
#include "io/podman/begin_restore.hpp"

#include <algorithm>
#include <utility>

namespace floe {

namespace {

struct opened_archive {
  std::shared_ptr<archive_reader> reader;
  std::vector<archive_member> members;
};

expected<opened_archive> open_archive(const std::string& path) {
  auto reader = archive_reader::open(path);
  if (!reader)
    return tl::unexpected(reader.error());
  auto members = (*reader)->members();
  if (!members)
    return tl::unexpected(members.error());
  return opened_archive{std::move(*reader), std::move(*members)};
}

expected<void> unpack_previous_archive(const std::string& path, const restore_targets& targets,
                                       const std::stop_token& stop) {
  auto opened = open_archive(path);
  if (!opened)
    return tl::unexpected(opened.error());
  // Only the memory is wanted of it: the files of the final archive are the newer ones.
  restore_targets memory_only;
  memory_only.bundle = targets.bundle;
  auto unpacked = opened->reader->indexed()
                      ? unpack_members(*opened->reader, opened->members, memory_only, {}, stop)
                      : unpack_stream(*opened->reader, memory_only, {}, stop);
  if (!unpacked)
    return tl::unexpected(unpacked.error());
  return {};
}

} // namespace

restore_job::restore_job(handle::pointer self, job_services services, std::string archive,
                         restore_options options, std::shared_ptr<volume_claims> claims,
                         observer_handle observer)
    : self_{self}, services_{std::move(services)},
      archive_path_{std::move(archive)}, options_{std::move(options)}, claims_{std::move(claims)},
      observer_{std::move(observer)}, blocking_{self, services_.pool}, requests_{self} {}

restore_job::~restore_job() {
  stop_.request_stop();
  if (session_)
    services_.pool.submit([doomed = std::make_shared<session_ref>(std::move(session_))] {});
}

restore_job::handle::behavior_type restore_job::make_behavior() {
  return {
      [this](const run_job& request) { return on_run(request); },
      [this](const cancel_job& request) { return on_cancel(request); },
      [this](const work_done& done) { blocking_.on_done(done); },
      [this](const receiver_ended& ended) { requests_.on_ended(ended); },
      [this](const unpack_progress& progress) { return on_progress(progress); },
      [this](const shared_volumes_settled& settled) { return on_settled(settled); },
  };
}

// -- messages -------------------------------------------------------------------

caf::result<operation_result> restore_job::on_run(const run_job& request) {
  result_.operation = "restore";
  result_.input = request.input;
  result_.id = request.id;
  result_.name = request.name.empty() ? request.input : request.name;
  answer_ = self_->make_response_promise<operation_result>();
  if (archive_path_.empty())
    prepare_in_place();
  else
    read_archive();
  return *answer_;
}

caf::result<void> restore_job::on_cancel(const cancel_job&) {
  stop_.request_stop();
  if (std::exchange(awaiting_volumes_, false))
    fail_with(was_cancelled());
  return caf::unit;
}

caf::result<void> restore_job::on_progress(const unpack_progress& progress) {
  result_.bytes_read += progress.bytes;
  report();
  return caf::unit;
}

// -- from an archive --------------------------------------------------------------

void restore_job::read_archive() {
  begin_stage("read");
  result_.archive = archive_path_;
  blocking_.run([path = archive_path_] { return open_archive(path); },
                [this](expected<opened_archive> opened) {
                  if (!opened)
                    return fail_with(opened.error());
                  archive_ = std::move(opened->reader);
                  members_ = std::move(opened->members);
                  result_.digest = archive_->digest();
                  for (const auto& member : members_)
                    bytes_total_ += member.size;
                  prepare();
                });
}

void restore_job::prepare() {
  begin_stage("prepare");
  blocking_.run(
      [&host = services_.host, archive = archive_, options = options_, claims = claims_,
       progress = progress_handler(), stop = stop_.get_token()] {
        return begin_import(host, archive, options, claims, progress, stop);
      },
      [this](expected<session_ref> begun) {
        if (!begun)
          return fail_with(begun.error());
        session_ = std::move(*begun);
        result_.id = session_->id();
        result_.name = session_->name();
        unpack_previous();
      });
}

void restore_job::unpack_previous() {
  begin_stage("unpack");
  if (options_.previous_archive.empty())
    return unpack();
  step(
      [session = session_, path = options_.previous_archive, stop = stop_.get_token()] {
        return unpack_previous_archive(path, session->targets(), stop);
      },
      [this] { unpack(); });
}

void restore_job::unpack() {
  if (archive_->indexed())
    return unpack_in_parallel();
  parts_pending_ = 1;
  blocking_.run(
      [archive = archive_, session = session_, progress = progress_handler(),
       stop = stop_.get_token()] {
        return unpack_stream(*archive, session->targets(), progress, stop);
      },
      [this](expected<unpacked_members> found) {
        if (!found)
          return part_failed(found.error());
        unpacked_ = std::move(*found);
        part_unpacked();
      });
}

void restore_job::unpack_in_parallel() {
  std::vector<archive_member> small;
  std::vector<archive_member> rootfs;
  std::vector<archive_member> volumes;
  for (const auto& member : members_) {
    const auto volume = volume_of_member(member.name);
    const auto wanted =
        std::ranges::find(session_->targets().volumes, volume, &volume_target::name) !=
        session_->targets().volumes.end();
    if (!volume.empty() && wanted)
      volumes.push_back(member);
    else if (member.name == "rootfs-diff.tar")
      rootfs.push_back(member);
    else if (volume.empty())
      small.push_back(member);
  }
  parts_pending_ = 2 + volumes.size();
  unpack_group(std::move(small));
  unpack_group(std::move(rootfs));
  for (const auto& member : volumes)
    fill(member);
}

void restore_job::unpack_group(std::vector<archive_member> members) {
  blocking_.run(
      [archive = archive_, session = session_, members = std::move(members),
       progress = progress_handler(), stop = stop_.get_token()] {
        return unpack_members(*archive, members, session->targets(), progress, stop);
      },
      [this](expected<unpacked_members> found) {
        if (!found)
          return part_failed(found.error());
        append_lines(unpacked_.deleted_files, std::move(found->deleted_files));
        append_lines(unpacked_.warnings, std::move(found->warnings));
        part_unpacked();
      });
}

void restore_job::fill(const archive_member& member) {
  fill_volume request;
  request.name = volume_of_member(member.name);
  request.directory =
      std::ranges::find(session_->targets().volumes, request.name, &volume_target::name)->directory;
  request.member = member;
  request.archive.value = archive_;
  request.policy.allow_devices = session_->targets().allow_devices;
  request.policy.device_advice = restore_device_advice;
  request.cancel.token = stop_.get_token();
  volume_handle filler = spawn_state<volume>(*self_, services_.pool);
  requests_.ask<volume_filled>(
      filler, std::move(request), member.name,
      [this](volume_filled reply) {
        unpacked_.volumes.push_back(std::move(reply.name));
        append_lines(unpacked_.warnings, std::move(reply.warnings));
        result_.bytes_read += reply.bytes;
        report();
        part_unpacked();
      },
      [this](error why) { part_failed(std::move(why)); });
}

void restore_job::part_failed(error why) {
  if (!part_error_) {
    part_error_ = std::move(why);
    stop_.request_stop();
  }
  part_unpacked();
}

void restore_job::part_unpacked() {
  // The session must not be rolled back under the feet of an extractor: all parts come in first.
  if (--parts_pending_ > 0)
    return;
  if (part_error_)
    return fail_with(*part_error_);
  append_lines(result_.warnings, std::move(unpacked_.warnings));
  publish();
}

void restore_job::publish() {
  begin_stage("check");
  step(
      [session = session_, unpacked = unpacked_]() -> expected<void> {
        if (auto applied = session->apply_deletions(unpacked.deleted_files); !applied)
          return applied;
        if (auto checked = session->check_images(); !checked)
          return checked;
        return session->publish_volumes(unpacked.volumes);
      },
      [this] { await_shared_volumes(); });
}

/// They have their names, or will have: every job publishes its own before it waits for others.
void restore_job::await_shared_volumes() {
  const auto& shared = session_->volumes_of_others();
  if (shared.empty())
    return resume();
  begin_stage("wait");
  awaiting_volumes_ = true;
  claims_->when_settled(shared, [target = handle{self_}](const std::string& lost) {
    tell(target, shared_volumes_settled{lost});
  });
}

caf::result<void> restore_job::on_settled(const shared_volumes_settled& settled) {
  if (!std::exchange(awaiting_volumes_, false))
    return caf::unit;
  if (settled.lost.empty())
    resume();
  else
    fail_with({error_code::restore_failed, "container " + result_.name,
               "it shares volume " + settled.lost +
                   " with another container of this command, whose restore failed",
               "see the message of that container, then restore both"});
  return caf::unit;
}

// -- from the bundle --------------------------------------------------------------

void restore_job::prepare_in_place() {
  begin_stage("check");
  blocking_.run([&host = services_.host, input = result_.input,
                 options = options_] { return begin_in_place(host, input, options); },
                [this](expected<session_ref> begun) {
                  if (!begun)
                    return fail_with(begun.error());
                  session_ = std::move(*begun);
                  result_.id = session_->id();
                  result_.name = session_->name();
                  resume();
                });
}

// -- both -------------------------------------------------------------------------

void restore_job::resume() {
  if (stop_.stop_requested())
    return fail_with(was_cancelled());
  begin_stage("resume");
  requests_.ask<runtime_done>(
      services_.runtime, resume_session{{session_}, {stop_.get_token()}},
      "container " + result_.name, [this](const runtime_done&) { commit(); },
      [this](error why) { fail_with(std::move(why)); });
}

/// The processes run. What was imported is taken back if somebody cancelled it meanwhile; what was
/// resumed in place goes on, as if the cancellation had come a moment later.
void restore_job::commit() {
  begin_stage("finish");
  if (stop_.stop_requested() && archive_)
    return fail_with(was_cancelled());
  blocking_.run([session = session_] { return session->commit(); },
                [this](expected<void> done) {
                  if (!done)
                    return fail_with(done.error());
                  const auto& facts = session_->facts();
                  result_.status = outcome::done;
                  result_.criu = facts.criu;
                  result_.log_path = facts.log_path;
                  append_lines(result_.warnings, facts.warnings);
                  session_.reset(); // nothing is left to be rolled back; the lock is free
                  settle();
                });
}

error restore_job::was_cancelled() const {
  return {error_code::cancelled, "container " + result_.name, "it was cancelled", ""};
}

void restore_job::step(std::function<expected<void>()> work, std::function<void()> next) {
  if (stop_.stop_requested())
    return fail_with(was_cancelled());
  blocking_.run(std::move(work), [this, next = std::move(next)](expected<void> done) {
    if (!done)
      return fail_with(done.error());
    next();
  });
}

void restore_job::fail_with(error why) {
  set_error(result_, why);
  begin_stage("undo");
  // Rolling back means unmounting and removing trees: that blocks, so the last reference goes on a
  // worker.
  blocking_.run(
      [doomed = std::make_shared<session_ref>(std::exchange(session_, nullptr))] {
        doomed->reset();
        return true;
      },
      [this](bool) { settle(); });
}

void restore_job::settle() {
  stages_.finish(result_, self_->clock().now());
  if (observer_)
    tell(self_, observer_,
         job_progress{"restore", result_.id, result_.name, std::string{to_string(result_.status)},
                      result_.bytes_read, bytes_total_, result_.input});
  fulfil(*answer_, std::move(result_));
}

// -- progress -------------------------------------------------------------------

unpack_progress_handler restore_job::progress_handler() {
  return [target = handle{self_}](uint64_t bytes) { tell(target, unpack_progress{bytes}); };
}

void restore_job::begin_stage(std::string name) {
  stages_.begin(std::move(name), self_->clock().now());
  report();
}

void restore_job::report() {
  if (observer_)
    tell(self_, observer_,
         job_progress{"restore", result_.id, result_.name, stages_.current(), result_.bytes_read,
                      bytes_total_, result_.input});
}

} // namespace floe
