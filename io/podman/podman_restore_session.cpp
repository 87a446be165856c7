#include "io/podman/podman_restore_session.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/container/failure_advice.hpp"
#include "io/container/runc_runtime.hpp"
#include "io/criu/credentials.hpp"
#include "io/podman/bundle_spec.hpp"
#include "io/podman/podman_restore_parts.hpp"
#include "io/podman/podman_statistics.hpp"
#include "io/podman/restore_gate.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/small_file.hpp"
#include "io/posix/system_error.hpp"
#include "model/checkpoint_policy.hpp"
#include "model/json_access.hpp"
#include "model/restore_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace floe {

namespace {

constexpr const char* fifo_name = "rootfs-diff.tar";
constexpr size_t log_bytes_max = size_t{64} << 20;

/// The secrets that libpod mounts below /run/secrets; a target that is absolute lies elsewhere.
std::vector<std::string> secrets_below_run(const json& config) {
  std::vector<std::string> names;
  for (const auto& secret : list_member(config, "secrets")) {
    const auto target = text_member(secret, "Target");
    const auto name = target.empty() ? text_member(secret, "name") : target;
    if (!name.empty() && name.find('/') == name.npos)
      names.push_back(name);
  }
  return names;
}

/// Whether Podman refused because there is a container of that name or id by now: `the container
/// name "web" is already in use by …`, `that ID is already in use`, `name "web" is in use:
/// container already exists`. An address or a port may be in use as well.
bool names_another(const std::string& message) {
  const auto has = [&](const char* text) { return message.find(text) != std::string::npos; };
  return (has("container name") && has("is already in use")) || has("that ID is already in use") ||
         has("that name is already in use") || has("container already exists");
}

} // namespace

// -- pieces -----------------------------------------------------------------------

expected<void> podman_restore_session::parts::note(const char* phase) {
  auto done = host.state().begin_operation(
      {import.config.id, podman_restore_operation, phase, to_json(made)});
  noted = noted || done;
  return done;
}

/// Beside Podman's containers, so that images only have to be moved.
expected<void> podman_restore_session::parts::make_stage() {
  made.podman = podman;
  made.stage_parent = import.storage.graph_root;
  if (auto begun = note("begin"); !begun)
    return begun;
  auto created = staging_directory::create(import.storage.graph_root);
  if (!created)
    return tl::unexpected{std::move(created.error())};
  stage.emplace(std::move(*created));
  made.stage = stage->path();
  targets.bundle = made.stage;
  targets.deletions = !options.ignore_rootfs;
  targets.spool_tars = !archive->indexed();
  targets.allow_devices = may_hold_devices(import.config, options.trust);
  return note("stage");
}

/// The hand-over archive: documents, the image that Podman looks for, and the FIFO that it waits
/// at.
expected<std::string> podman_restore_session::parts::write_documents() {
  auto volumes = directories_of(volume_names(import.config));
  if (!volumes)
    return tl::unexpected{std::move(volumes.error())};
  import.place.volumes = std::move(*volumes);
  auto documents = make_hand_over(import.documents, import.place);
  if (!documents)
    return tl::unexpected{std::move(documents.error())};
  mounts = list_member(documents->spec, "mounts");
  const auto directory = made.stage + "/hand-over";
  const auto images = directory + "/" + images_name;
  if (auto there = make_directories(images); !there)
    return tl::unexpected{std::move(there.error())};
  const std::string inventory = "/inventory.img";
  if (::link((made.stage + "/" + images_name + inventory).c_str(), (images + inventory).c_str()) !=
      0)
    return system_failure(errno, images + inventory, "link");
  if (::mkfifo((directory + "/" + fifo_name).c_str(), 0600) != 0)
    return system_failure(errno, directory + "/" + fifo_name, "create");
  for (const auto& [name, document] :
       {std::pair{"config.dump", &documents->config}, std::pair{"spec.dump", &documents->spec},
        std::pair{"network.status", &documents->network_status}})
    if (auto written = write_file(directory + "/" + name, dump_json(*document), 0600); !written)
      return tl::unexpected{std::move(written.error())};
  auto target = hand_over_path(made.stage);
  return write_hand_over(directory, target).map([&] { return target; });
}

/// Volumes and the root filesystem are floe's to fill, addresses stand in the documents.
std::vector<std::string>
podman_restore_session::parts::restore_arguments(const std::string& hand_over) const {
  std::vector<std::string> arguments{"container", "restore",          "--import",
                                     hand_over,   "--ignore-volumes", "--print-stats"};
  if (options.keep)
    arguments.emplace_back("--keep");
  if (options.tcp_established)
    arguments.emplace_back("--tcp-established");
  if (options.file_locks || has_file_locks(made.stage))
    arguments.emplace_back("--file-locks");
  if (!import.pod.empty())
    arguments.push_back("--pod=" + import.pod);
  for (const auto& port : options.publish)
    arguments.push_back("--publish=" + port);
  return arguments;
}

/// The infra container has it for all of them.
expected<std::string> podman_restore_session::parts::shared_memory_of_pod() const {
  auto pod = engine.pod(import.pod);
  if (!pod)
    return tl::unexpected{std::move(pod.error())};
  auto infra = engine.container(pod->infra_id);
  if (!infra)
    return tl::unexpected{std::move(infra.error())};
  return infra->config.shm_directory;
}

/// What Podman makes from now on is noted as ours, to be removed if it is taken back.
expected<void> podman_restore_session::parts::begin_resume() {
  made.id = import.config.id;
  made.fifo = bundle() + "/" + fifo_name;
  for (const auto& volume : deferred)
    made.deferred.push_back(volume.name);
  made.deferred_since = std::chrono::system_clock::now();
  return note("resume");
}

/// Podman drops what is mounted where it mounts something itself, and then does not, because of
/// what else is mounted on /run. CRIU restores no processes that lack a mount.
expected<void> podman_restore_session::parts::complete_mounts() {
  if (import.container_env) {
    const auto container = engine.container(import.config.id);
    if (!container)
      return tl::unexpected{container.error()};
    const auto source = container->run_directory + "/.containerenv";
    if (!is_there(source))
      if (auto written = write_file(source, "", 0644); !written)
        return written;
    mounts.push_back({{"destination", container_env_path},
                      {"type", "bind"},
                      {"source", source},
                      {"options", {"bind", "private"}}});
  }
  return add_missing_mounts(bundle(), mounts);
}

/// While Podman waits.
expected<void> podman_restore_session::parts::fill(const std::stop_token& stop) {
  file_placement what;
  what.archive = archive;
  what.stage = made.stage;
  what.podman = import.storage;
  what.secrets = secrets_below_run(import.documents.config);
  what.id = import.config.id;
  what.deleted_files = deleted_files;
  what.with_rootfs = !options.ignore_rootfs;
  // Not the host's (defect D21).
  const auto& shared = import.config.shm_directory;
  what.with_shared_memory = !shared.empty() && shared != "/dev/shm";
  if (what.with_shared_memory && !text_member(import.documents.config, "ipcNsCtr").empty()) {
    auto of_pod = shared_memory_of_pod();
    if (!of_pod)
      return tl::unexpected{std::move(of_pod.error())};
    what.pod_shared_memory = std::move(*of_pod);
  }
  what.keep = options.keep;
  what.policy.allow_devices = targets.allow_devices;
  what.policy.device_advice = restore_device_advice;
  what.progress = progress;
  if (auto completed = complete_mounts(); !completed)
    return completed;
  if (options.tcp_established)
    if (auto added = add_loopback_hook(bundle(), host.settings().floe); !added)
      return added;
  for (const auto& volume : deferred)
    if (auto placed = place_deferred_volume(volume); !placed)
      return placed;
  what.volumes = filled_volumes();
  auto placed = place_files(what, stop);
  if (!placed)
    return tl::unexpected{std::move(placed.error())};
  facts.warnings.insert(facts.warnings.end(), placed->begin(), placed->end());
  return {};
}

/// CRIU's log vanishes with the container, but it is wanted: its first error and a copy of it.
error podman_restore_session::parts::explain(error what) {
  if (what.code == error_code::cancelled || what.code == error_code::timed_out)
    what.subject = "container " + import.config.name;
  if (what.code != error_code::restore_failed)
    return what;
  what.subject = "container " + import.config.name;
  const auto log = bundle() + "/restore.log";
  const auto criu = first_criu_error(log);
  if (!criu.empty())
    what.cause += (what.cause.empty() ? "" : ": ") + criu;
  if (what.advice.empty())
    what.advice = advice_on_failure(what.cause);
  if (what.advice.empty() && what.cause.find("o space left on device") != what.cause.npos)
    what.advice = "make room on the file system of " + import.storage.graph_root;
  if (criu.empty())
    return what;
  const auto directory = host.settings().root + "/logs";
  const auto copy = fmt::format("{}/restore-{}-{}.log", directory, import.config.name,
                                import.config.id.substr(0, 12));
  auto text = read_small_file(log, log_bytes_max);
  if (text && make_directories(directory) && write_file(copy, *text, 0600))
    what.advice = advice_with_log(std::move(what.advice), copy);
  return what;
}

void podman_restore_session::parts::roll_back() {
  // What cannot be undone stays in the journal and is tried again when an engine starts.
  const auto undone = undo_podman_restore(made);
  stage.reset();
  if (noted && undone)
    static_cast<void>(host.state().end_operation(import.config.id));
}

// -- steps ------------------------------------------------------------------------

podman_restore_session::podman_restore_session(std::unique_ptr<parts> begun)
    : parts_{std::move(begun)} {}

podman_restore_session::~podman_restore_session() {
  if (!parts_->committed)
    parts_->roll_back();
}

const std::string& podman_restore_session::id() const {
  return parts_->import.config.id;
}

const std::string& podman_restore_session::name() const {
  return parts_->import.config.name;
}

const restore_targets& podman_restore_session::targets() const {
  return parts_->targets;
}

const std::vector<std::string>& podman_restore_session::volumes_of_others() const {
  return parts_->claims.of_others();
}

const restore_facts& podman_restore_session::facts() const {
  return parts_->facts;
}

expected<std::unique_ptr<podman_restore_session>>
podman_restore_session::begin(container_host& host, podman_host& podman,
                              std::shared_ptr<archive_reader> archive,
                              const restore_options& options, std::shared_ptr<volume_claims> claims,
                              unpack_progress_handler progress, const std::stop_token& stop) {
  auto import = plan_podman_import(host, podman, *archive, options, stop);
  if (!import)
    return tl::unexpected{std::move(import.error())};
  auto session = std::make_unique<podman_restore_session>(
      std::make_unique<parts>(parts{host,
                                    podman,
                                    podman.program(),
                                    std::move(archive),
                                    options,
                                    std::move(progress),
                                    std::move(*import),
                                    claimed_volumes{std::move(claims)},
                                    {},
                                    {},
                                    {},
                                    {},
                                    {},
                                    {}}));
  auto& self = *session->parts_;
  self.facts.warnings = self.import.warnings;
  auto made = self.make_stage().and_then([&] { return self.make_volumes(stop); });
  if (!made)
    return tl::unexpected{std::move(made.error())};
  return session;
}

/// They go when the root filesystem is there.
expected<void> podman_restore_session::apply_deletions(const std::vector<std::string>& paths) {
  parts_->deleted_files = paths;
  return {};
}

expected<void> podman_restore_session::publish_volumes(const std::vector<std::string>& unpacked) {
  for (const auto& volume : parts_->targets.volumes)
    if (std::ranges::find(unpacked, volume.name) == unpacked.end())
      return fail(error_code::archive_incompatible, parts_->archive->path(),
                  "it does not hold the content of volume " + volume.name,
                  "restore it with --ignore-volumes, as it was exported");
  // Those are not there yet for others to mount.
  if (parts_->deferred.empty())
    parts_->claims.publish();
  return {};
}

expected<void> podman_restore_session::check_images() {
  auto& self = *parts_;
  const auto& stage = self.made.stage;
  if (!has_checkpoint(stage))
    return fail(error_code::no_checkpoint, self.archive->path(),
                "a complete checkpoint for this container cannot be found, cannot restore",
                "a pre-checkpoint cannot be restored without its checkpoint: give it with "
                "--import-previous");
  if (auto linked = link_parent_images(stage); !linked)
    return linked;
  if (self.options.trust)
    return {};
  return check_credentials(in_bundle(stage, images_name), self.import.documents.spec,
                           self.archive->path());
}

expected<void> podman_restore_session::resume(const std::stop_token& stop) {
  auto& self = *parts_;
  auto hand_over = self.write_documents();
  if (!hand_over)
    return tl::unexpected{std::move(hand_over.error())};
  if (auto begun = self.begin_resume(); !begun)
    return begun;
  auto request =
      podman_request(self.podman, self.restore_arguments(*hand_over), self.import.criu_path);
  auto restored = run_gated(
      request, self.made.fifo, [&] { return self.fill(stop); }, stop);
  if (!restored) {
    auto why = self.explain(std::move(restored.error()));
    // Somebody else has made it since it was looked for: it is not ours to remove, nor for whoever
    // finds the journal.
    if (names_another(why.cause)) {
      self.made.id.clear();
      if (auto noted = self.note("resume"); !noted)
        why.cause += "; and " + describe(noted.error());
    }
    return tl::unexpected{std::move(why)};
  }
  self.claims.publish();
  self.facts.criu = restore_statistics_in(restored->output);
  if (auto removed = remove_loopback_hook(self.bundle()); !removed)
    self.facts.warnings.push_back(describe(removed.error()));
  if (auto warning = self.engine.set_up_loopback(self.import.config.id); !warning.empty())
    self.facts.warnings.push_back(std::move(warning));
  // A later restore without an archive would wait there.
  if (::unlink(self.made.fifo.c_str()) != 0 && errno != ENOENT)
    return system_failure(errno, self.made.fifo, "remove");
  return self.release_volumes();
}

expected<void> podman_restore_session::commit() {
  auto& self = *parts_;
  // While the journal still knows of it: whoever follows us would not look for it otherwise.
  self.stage.reset();
  if (auto ended = self.host.state().end_operation(self.import.config.id); !ended)
    return ended;
  self.committed = true;
  if (self.options.keep)
    self.facts.log_path = self.bundle() + "/restore.log";
  return {};
}

} // namespace floe
