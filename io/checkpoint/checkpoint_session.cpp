#include "io/checkpoint/checkpoint_session.hpp"

#include "io/checkpoint/checkpoint_checks.hpp"
#include "io/checkpoint/checkpoint_files.hpp"
#include "io/checkpoint/checkpoint_subject.hpp"
#include "io/checkpoint/undo_checkpoint.hpp"
#include "io/container/outside_processes.hpp"
#include "io/criu/statistics.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/small_file.hpp"

#include <cstdlib>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

namespace floe {

namespace {

using std::chrono::microseconds;

/// Who stops the container, and when.
enum class dump_kind {
  pre_dump,        ///< memory only, the container goes on
  leave_running,   ///< dumped while floe keeps it frozen; goes on
  stop_afterwards, ///< dumped while floe keeps it frozen; killed when all that is wanted is durable
  stop_by_criu,    ///< CRIU kills it after the dump
};

dump_kind kind_of(const checkpoint_options& options) {
  if (options.pre_checkpoint)
    return dump_kind::pre_dump;
  if (options.leave_running)
    return dump_kind::leave_running;
  // Killing a process with established connections says goodbye to its peers; CRIU keeps their
  // packets from leaving.
  if (options.tcp_established)
    return dump_kind::stop_by_criu;
  return dump_kind::stop_afterwards;
}

std::string absolute_path(const std::string& path) {
  if (path.empty() || path.front() == '/')
    return path;
  char* working = ::get_current_dir_name();
  std::string absolute = working == nullptr ? path : std::string{working} + "/" + path;
  ::free(working);
  return absolute;
}

} // namespace

struct checkpoint_session::parts {
  enum class phase { begun, dumping, dumped, stopping, ended };

  container_host& host;
  checkpoint_options options;
  dump_kind kind;
  std::unique_ptr<checkpoint_subject> container;
  phase now = phase::begun;
  std::shared_ptr<container_freeze> freeze = std::make_shared<container_freeze>();
  std::shared_ptr<dump_run> dump{}; ///< until it has ended
  checkpoint_facts facts{};

  const std::string& id() const { return container->id(); }
  const std::string& bundle() const { return container->bundle(); }
  std::string images() const { return options.pre_checkpoint ? pre_images_name : images_name; }
  std::string log_path() const { return options.keep ? in_bundle(bundle(), "dump.log") : ""; }
  /// By floe, not by CRIU.
  bool freezes() const {
    return kind == dump_kind::leave_running || kind == dump_kind::stop_afterwards;
  }
  bool stops() const {
    return kind == dump_kind::stop_afterwards || kind == dump_kind::stop_by_criu;
  }

  expected<void> note(const char* phase_name);
  unfinished_checkpoint unfinished() const;
  expected<void> check_stop(const std::stop_token& stop) const;
  expected<std::optional<cgroup_freezer>> find_freezer();
  dump_request make_dump_request() const;
  expected<void> prepare_bundle();
  expected<void> link_parent() const;
  void read_statistics();
  expected<void> stop_container();
  expected<void> tidy_up();
};

// -- pieces -----------------------------------------------------------------------

expected<void> checkpoint_session::parts::note(const char* phase_name) {
  return host.state().begin_operation({id(), "checkpoint", phase_name, to_json(unfinished())});
}

unfinished_checkpoint checkpoint_session::parts::unfinished() const {
  return {container->source(),
          images(),
          absolute_path(options.export_path),
          stops(),
          kind == dump_kind::stop_by_criu,
          freeze->time() > microseconds{0},
          options.tcp_established,
          options.file_locks};
}

expected<void> checkpoint_session::parts::check_stop(const std::stop_token& stop) const {
  if (stop.stop_requested())
    return fail(error_code::cancelled, container->name(), "the checkpoint was cancelled",
                "it runs as before");
  return {};
}

/// Nothing if floe does not freeze it. Before the freeze, since nobody has to stand still for a
/// warning.
expected<std::optional<cgroup_freezer>> checkpoint_session::parts::find_freezer() {
  if (!freezes())
    return std::optional<cgroup_freezer>{};
  const auto pid = container->record().status.pid;
  auto freezer = cgroup_freezer::of_process(pid);
  if (!freezer)
    return tl::unexpected{std::move(freezer.error())};
  if (!freeze->is_active())
    for (const auto& outside : outside_processes(*freezer, pid))
      facts.warnings.push_back("process " + outside +
                               " was started by exec and is not in the checkpoint");
  return std::optional{std::move(*freezer)};
}

dump_request checkpoint_session::parts::make_dump_request() const {
  dump_request request;
  request.id = id();
  request.image_path = bundle() + "/" + images();
  request.work_path = bundle();
  if (options.with_previous)
    request.parent_path.append("../").append(pre_images_name);
  request.leave_running = freezes();
  request.tcp_established = options.tcp_established;
  request.file_locks = options.file_locks;
  request.pre_dump = kind == dump_kind::pre_dump;
  return request;
}

/// What an earlier checkpoint left is put aside or removed: nothing stale gets into this one.
expected<void> checkpoint_session::parts::prepare_bundle() {
  for (const char* name : {"stats-dump", shared_memory_name})
    if (auto removed = remove_tree(in_bundle(bundle(), name)); !removed)
      return removed;
  if (auto aside = set_images_aside(bundle(), images()); !aside)
    return aside;
  return write_file(in_bundle(bundle(), "dump.log"), "", 0600);
}

/// CRIU makes the link to the parent images absolute in some versions (section 12 step 11).
expected<void> checkpoint_session::parts::link_parent() const {
  if (!options.with_previous)
    return {};
  return link_parent_images(bundle());
}

/// While the bundle is there: that of a `--rm` container goes with its end.
void checkpoint_session::parts::read_statistics() {
  if (auto statistics = read_criu_statistics(in_bundle(bundle(), "stats-dump")))
    facts.criu = *statistics;
  else
    facts.warnings.push_back("statistics of CRIU: " + describe(statistics.error()));
}

/// Ends the processes, whose images are safe by now, and cleans up behind them.
expected<void> checkpoint_session::parts::stop_container() {
  if (auto saved = container->save_volatile_state(options.tcp_established); !saved)
    return saved;
  now = phase::stopping;
  if (auto noted = note("stop"); !noted)
    return noted;
  if (kind == dump_kind::stop_afterwards) {
    if (auto killed = container->kill_frozen(); !killed)
      return killed;
    if (auto thawed = freeze->end(); !thawed)
      return thawed;
  }
  return container->end_checkpointed(log_path());
}

expected<void> checkpoint_session::parts::tidy_up() {
  if (auto dropped = drop_previous_images(bundle(), images()); !dropped)
    return dropped;
  if (kind == dump_kind::leave_running && !options.export_path.empty())
    if (auto removed = remove_tree(bundle() + "/" + images()); !removed)
      return removed;
  if (!options.keep && !options.pre_checkpoint)
    return remove_checkpoint_logs(bundle());
  return {};
}

// -- steps ------------------------------------------------------------------------

checkpoint_session::checkpoint_session(std::unique_ptr<parts> begun) : parts_{std::move(begun)} {}
checkpoint_session::checkpoint_session(checkpoint_session&&) noexcept = default;

checkpoint_session::~checkpoint_session() {
  // Whoever wants to know what could not be undone calls abort.
  if (parts_)
    static_cast<void>(abort());
}

const std::string& checkpoint_session::id() const {
  return parts_->id();
}

const std::string& checkpoint_session::name() const {
  return parts_->container->record().config.name;
}

expected<checkpoint_session> checkpoint_session::begin(container_host& host,
                                                       container_source source,
                                                       const std::string& name_or_id,
                                                       const checkpoint_options& options) {
  auto container = hold_subject(host, source, name_or_id);
  if (!container)
    return tl::unexpected{std::move(container.error())};
  if (auto usable = check_programs(host, (*container)->runtime()); !usable)
    return tl::unexpected{std::move(usable.error())};
  if (auto fits = check_container((*container)->record(), (*container)->bundle(), options); !fits)
    return tl::unexpected{std::move(fits.error())};
  if (auto allowed = (*container)->check(options); !allowed)
    return tl::unexpected{std::move(allowed.error())};
  if (options.pre_checkpoint || options.with_previous)
    if (auto tracked = check_memory_tracking(host); !tracked)
      return tl::unexpected{std::move(tracked.error())};
  if (auto writable = check_target(options); !writable)
    return tl::unexpected{std::move(writable.error())};
  auto begun =
      std::make_unique<parts>(parts{host, options, kind_of(options), std::move(*container)});
  if (auto noted = begun->note("begin"); !noted)
    return tl::unexpected{std::move(noted.error())};
  return checkpoint_session{std::move(begun)};
}

expected<void> checkpoint_session::freeze(const std::stop_token& stop) {
  auto& self = *parts_;
  if (auto going_on = self.check_stop(stop); !going_on)
    return going_on;
  auto freezer = self.find_freezer();
  if (!freezer)
    return tl::unexpected{std::move(freezer.error())};
  if (!*freezer)
    return {};
  if (auto noted = self.note("freeze"); !noted)
    return noted;
  return self.freeze->begin(**freezer, stop);
}

expected<std::shared_ptr<dump_run>> checkpoint_session::begin_dump(const std::stop_token& stop) {
  auto& self = *parts_;
  if (auto going_on = self.check_stop(stop); !going_on)
    return tl::unexpected{std::move(going_on.error())};
  auto freezer = self.find_freezer();
  if (!freezer)
    return tl::unexpected{std::move(freezer.error())};
  if (auto noted = self.note("dump"); !noted)
    return tl::unexpected{std::move(noted.error())};
  self.now = parts::phase::dumping;
  if (auto prepared = self.prepare_bundle(); !prepared)
    return tl::unexpected{std::move(prepared.error())};
  const dump_run::subject subject{self.container->name(), self.container->record().status.pid};
  self.dump = std::make_shared<dump_run>(self.container->runtime(), self.make_dump_request(),
                                         subject, self.freeze, std::move(*freezer));
  return self.dump;
}

expected<void> checkpoint_session::end_dump(expected<void> dumped) {
  auto& self = *parts_;
  if (!dumped)
    return dumped;                       // it may still be at work: abort waits for it
  if (self.now != parts::phase::dumping) // it was aborted meanwhile
    return fail(error_code::cancelled, self.container->name(), "the checkpoint was cancelled");
  self.dump.reset();
  self.now = parts::phase::dumped;
  self.read_statistics();
  return self.link_parent();
}

expected<archive_source> checkpoint_session::capture(const std::stop_token& stop) {
  auto& self = *parts_;
  if (auto going_on = self.check_stop(stop); !going_on)
    return tl::unexpected{std::move(going_on.error())};
  return self.container->capture(self.options, self.images());
}

expected<void> checkpoint_session::thaw() {
  auto& self = *parts_;
  return self.kind == dump_kind::leave_running ? self.freeze->end() : expected<void>{};
}

expected<void> checkpoint_session::finish(const std::stop_token& stop) {
  auto& self = *parts_;
  if (auto going_on = self.check_stop(stop); !going_on)
    return going_on;
  if (self.stops()) {
    if (auto stopped = self.stop_container(); !stopped)
      return stopped;
  } else if (auto thawed = self.freeze->end(); !thawed) {
    return thawed;
  }
  self.now = parts::phase::ended;
  const auto frozen = self.freeze->time();
  const bool by_criu = frozen == microseconds{0};
  self.facts.frozen = by_criu ? microseconds{self.facts.criu.frozen_time} : frozen;
  self.facts.log_path = self.log_path();
  if (auto tidied = self.tidy_up(); !tidied)
    self.facts.warnings.push_back("left behind in the bundle: " + describe(tidied.error()));
  if (self.stops() && self.container->record().config.auto_remove())
    if (auto removed = self.container->remove_ended(); !removed)
      self.facts.warnings.push_back("not removed: " + describe(removed.error()));
  return self.host.state().end_operation(self.id());
}

expected<void> checkpoint_session::abort() {
  auto& self = *parts_;
  const auto last = std::exchange(self.now, parts::phase::ended);
  if (last == parts::phase::ended)
    return {};
  if (const auto dump = std::exchange(self.dump, nullptr))
    dump->stop();
  // A runtime that was killed leaves its CRIU at work, which in the end freezes what was frozen.
  const bool was_dumping = last == parts::phase::dumping;
  auto quiet = was_dumping ? await_orphaned_dump(*self.container) : expected<void>{};
  if (was_dumping)
    self.facts.log_path = in_bundle(self.bundle(), "dump.log");
  auto thawed = self.freeze->end();
  self.facts.frozen = self.freeze->time();
  if (!thawed)
    return thawed;
  if (!quiet)
    return quiet;
  if (last == parts::phase::stopping && !self.container->is_alive()) {
    // It was killed after its archive had become durable: there is only the way forward.
    if (auto ended = self.container->end_checkpointed(self.log_path()); !ended)
      return ended;
  } else if (last != parts::phase::begun) {
    if (auto undone = undo_checkpoint(*self.container, self.unfinished()); !undone)
      return tl::unexpected{std::move(undone.error())};
  }
  return self.host.state().end_operation(id());
}

microseconds checkpoint_session::frozen_time() const {
  return parts_->freeze->time();
}

const checkpoint_facts& checkpoint_session::facts() const {
  return parts_->facts;
}

expected<void> checkpoint_session::note_temporary_archive(const std::string& path) {
  parts_->options.export_path = path;
  return parts_->note("export");
}

} // namespace floe
