#include "io/checkpoint/restore_session.hpp"

#include "io/archive/extract.hpp"
#include "io/checkpoint/checkpoint_checks.hpp"
#include "io/checkpoint/checkpoint_files.hpp"
#include "io/checkpoint/held_container.hpp"
#include "io/checkpoint/import_container.hpp"
#include "io/checkpoint/resume_container.hpp"
#include "io/checkpoint/undo_restore.hpp"
#include "io/container/loopback.hpp"
#include "io/criu/credentials.hpp"
#include "io/criu/statistics.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/small_file.hpp"
#include "model/checkpoint_policy.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

namespace floe {

struct restore_session::parts {
  container_host& host;
  restore_options options;
  object_lock lock;
  container_record record;
  bool is_import;
  std::string bundle;
  std::string archive; ///< path of an import's archive
  restore_targets targets;
  claimed_volumes claims;
  std::vector<staged_volume> staged;
  unfinished_restore made; ///< what is to be undone
  restore_facts facts;
  bool resumed = false;
  bool committed = false;

  std::string subject() const { return "container " + record.config.name; }
  expected<void> note(const char* phase);
  expected<void> make_container(const imported_container& imported, const archive_notes& notes);
  void keep_restore_log(error& what);
  void roll_back();
};

// -- pieces -----------------------------------------------------------------------

expected<void> restore_session::parts::note(const char* phase) {
  return host.state().begin_operation({record.config.id, "restore", phase, to_json(made)});
}

/// Record, directories, volumes and mounts of an import, noted before they are made.
expected<void> restore_session::parts::make_container(const imported_container& imported,
                                                      const archive_notes& notes) {
  const auto& config = record.config;
  made.is_import = true;
  if (auto noted = note("create"); !noted)
    return noted;
  if (auto added = host.state().add_container(record); !added)
    return added;
  for (const auto& directory : {bundle, run_directory(host.settings(), config.id)})
    if (auto there = make_directories(directory); !there)
      return there;
  if (auto written = write_file(in_bundle(bundle, "config.json"), dump_json(imported.spec), 0600);
      !written)
    return written;
  auto stages = stage_volumes(host, config, options, claims, notes, made.volumes);
  if (!stages)
    return tl::unexpected{std::move(stages.error())};
  staged = std::move(*stages);
  return mount_container(host, record, imported.image);
}

/// An import that fails leaves nothing behind, but its log is wanted: it moves to ROOT/logs, and
/// the error says so.
void restore_session::parts::keep_restore_log(error& what) {
  const auto old_path = in_bundle(bundle, "restore.log");
  const auto directory = host.settings().root + "/logs";
  const auto new_path =
      directory + "/restore-" + record.config.name + "-" + record.config.id.substr(0, 12) + ".log";
  if (!make_directories(directory) || ::rename(old_path.c_str(), new_path.c_str()) != 0)
    return;
  for (auto* text : {&what.cause, &what.advice})
    if (const auto at = text->find(old_path); at != std::string::npos)
      text->replace(at, old_path.size(), new_path);
}

void restore_session::parts::roll_back() {
  staged.clear();
  // What cannot be undone stays in the journal and is tried again when an engine starts.
  if (undo_restore(host, record, made))
    static_cast<void>(host.state().end_operation(record.config.id));
}

// -- steps ------------------------------------------------------------------------

restore_session::restore_session(std::unique_ptr<parts> begun) : parts_{std::move(begun)} {}
restore_session::restore_session(restore_session&&) noexcept = default;

restore_session::~restore_session() {
  if (parts_ && !parts_->committed)
    parts_->roll_back();
}

const std::string& restore_session::id() const {
  return parts_->record.config.id;
}

const std::string& restore_session::name() const {
  return parts_->record.config.name;
}

const restore_targets& restore_session::targets() const {
  return parts_->targets;
}

const std::vector<std::string>& restore_session::volumes_of_others() const {
  return parts_->claims.of_others();
}

const restore_facts& restore_session::facts() const {
  return parts_->facts;
}

expected<restore_session> restore_session::begin_import(container_host& host,
                                                        archive_reader& archive,
                                                        const restore_options& options,
                                                        std::shared_ptr<volume_claims> claims,
                                                        const std::stop_token& stop) {
  auto archived = read_archived(archive, options);
  if (!archived)
    return tl::unexpected{std::move(archived.error())};
  claimed_volumes claimed{std::move(claims)};
  auto imported = plan_import(host, std::move(*archived), options, archive.path(), claimed);
  if (!imported)
    return tl::unexpected{std::move(imported.error())};
  if (stop.stop_requested())
    return fail(error_code::cancelled, archive.path(), "the restore was cancelled", "");
  const auto bundle = bundle_directory(host.settings(), imported->record.config.id);
  restore_session session{std::make_unique<parts>(parts{host,
                                                        options,
                                                        std::move(imported->lock),
                                                        std::move(imported->record),
                                                        true,
                                                        bundle,
                                                        archive.path(),
                                                        {},
                                                        std::move(claimed),
                                                        {},
                                                        {},
                                                        {}})};
  auto& self = *session.parts_;
  self.facts.warnings = std::move(imported->warnings);
  const auto notes = archive.notes();
  if (!options.ignore_volumes)
    std::ranges::copy(lost_driver_options(notes), std::back_inserter(self.facts.warnings));
  if (auto made = self.make_container(*imported, notes); !made)
    return tl::unexpected{std::move(made.error())};
  self.targets.bundle = bundle;
  if (!options.ignore_rootfs && self.record.config.rootfs.empty())
    self.targets.rootfs = self.record.status.mount_point;
  self.targets.shared_memory = self.record.config.shm_directory;
  self.targets.allow_devices = may_hold_devices(self.record.config, options.trust);
  for (const auto& volume : self.staged)
    self.targets.volumes.push_back({volume.name(), volume.directory()});
  return session;
}

expected<restore_session> restore_session::begin_in_place(container_host& host,
                                                          const std::string& name_or_id,
                                                          const restore_options& options) {
  auto held = hold_container(host, name_or_id);
  if (!held)
    return tl::unexpected{std::move(held.error())};
  auto& record = held->record;
  const auto subject = "container " + record.config.name;
  if (auto usable = check_programs(host, record.config); !usable)
    return tl::unexpected{std::move(usable.error())};
  const auto state = record.status.state;
  if (state != container_state::exited && state != container_state::configured)
    return fail(error_code::wrong_state, subject,
                "container " + record.config.id.substr(0, 12) +
                    " is running or paused, cannot restore",
                "a container that runs needs no restore");
  const auto bundle = bundle_directory(host.settings(), record.config.id);
  if (!has_checkpoint(bundle))
    return fail(error_code::no_checkpoint, subject,
                "a complete checkpoint for this container cannot be found, cannot restore",
                "make one with floe checkpoint, or restore it from an archive");
  auto image = image_of(host, record.config);
  if (!image)
    return tl::unexpected{std::move(image.error())};
  restore_session session{std::make_unique<parts>(parts{host,
                                                        options,
                                                        std::move(held->lock),
                                                        std::move(record),
                                                        false,
                                                        bundle,
                                                        {},
                                                        {},
                                                        claimed_volumes{nullptr},
                                                        {},
                                                        {},
                                                        {}})};
  auto& self = *session.parts_;
  if (auto noted = self.note("begin"); !noted)
    return tl::unexpected{std::move(noted.error())};
  if (auto mounted = mount_container(host, self.record, *image); !mounted)
    return tl::unexpected{std::move(mounted.error())};
  if (const auto& shared = self.record.config.shm_directory; !shared.empty())
    if (auto loaded =
            load_shared_memory(bundle, shared, may_hold_devices(self.record.config, options.trust));
        !loaded)
      return tl::unexpected{std::move(loaded.error())};
  return session;
}

expected<void> restore_session::apply_deletions(const std::vector<std::string>& paths) {
  auto& self = *parts_;
  if (paths.empty() || self.targets.rootfs.empty())
    return {};
  auto rootfs = open_directory(self.targets.rootfs);
  if (!rootfs)
    return tl::unexpected{std::move(rootfs.error())};
  return remove_deleted_files(rootfs->get(), paths);
}

expected<void> restore_session::publish_volumes(const std::vector<std::string>& unpacked) {
  auto& self = *parts_;
  for (const auto& volume : self.staged)
    if (std::ranges::find(unpacked, volume.name()) == unpacked.end())
      return fail(error_code::archive_incompatible, self.archive,
                  "it does not hold the content of volume " + volume.name(),
                  "restore it with --ignore-volumes, as it was exported");
  for (const auto& volume : self.staged)
    self.made.volumes.push_back(volume.name());
  if (auto noted = self.note("publish"); !noted)
    return noted;
  for (auto& volume : self.staged)
    if (auto published = volume.publish(); !published)
      return tl::unexpected{std::move(published.error())};
  self.staged.clear();
  self.claims.publish();
  return {};
}

expected<void> restore_session::check_images() {
  auto& self = *parts_;
  if (!has_checkpoint(self.bundle))
    return fail(error_code::no_checkpoint, self.is_import ? self.archive : self.subject(),
                "a complete checkpoint for this container cannot be found, cannot restore",
                self.is_import ? "a pre-checkpoint cannot be restored without its checkpoint: give "
                                 "it with --import-previous"
                               : "make one with floe checkpoint");
  if (auto linked = link_parent_images(self.bundle); !linked)
    return linked;
  if (self.options.trust || !self.is_import)
    return {};
  auto spec = read_running_spec(self.bundle, self.subject());
  if (!spec)
    return tl::unexpected{std::move(spec.error())};
  return check_credentials(in_bundle(self.bundle, images_name), *spec, self.archive);
}

expected<void> restore_session::resume(const std::stop_token& stop) {
  auto& self = *parts_;
  resume_options options;
  options.tcp_established = self.options.tcp_established;
  options.file_locks = self.options.file_locks || has_file_locks(self.bundle);
  options.keep = self.options.keep;
  if (auto noted = self.note("resume"); !noted)
    return noted;
  auto resumed = resume_container(self.host, self.record, options, stop);
  if (!resumed) {
    if (self.is_import)
      self.keep_restore_log(resumed.error());
    return resumed;
  }
  self.resumed = true;
  if (auto up = set_loopback_up(self.record.status.pid); !up)
    self.facts.warnings.push_back("its loopback device: " + describe(up.error()));
  return {};
}

expected<void> restore_session::commit() {
  auto& self = *parts_;
  if (auto ended = self.host.state().end_operation(self.record.config.id); !ended)
    return ended;
  self.committed = true;
  auto statistics = read_criu_statistics(in_bundle(self.bundle, "stats-restore"));
  if (statistics)
    self.facts.criu = *statistics;
  else
    self.facts.warnings.push_back("statistics of CRIU: " + describe(statistics.error()));
  if (self.options.keep)
    self.facts.log_path = in_bundle(self.bundle, "restore.log");
  else if (auto removed = remove_checkpoint_files(self.bundle); !removed)
    self.facts.warnings.push_back("left behind in the bundle: " + describe(removed.error()));
  return {};
}

} // namespace floe
