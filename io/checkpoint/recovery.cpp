#include "io/checkpoint/recovery.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/checkpoint/held_container.hpp"
#include "io/checkpoint/undo_checkpoint.hpp"
#include "io/checkpoint/undo_restore.hpp"
#include "io/podman/undo_podman_restore.hpp"
#include "io/posix/process_watch.hpp"
#include "io/posix/worker_pool.hpp"
#include "io/store/object_lock.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <utility>

namespace floe {

namespace {

/// More than Podman takes to kill a container and to clean up behind it.
constexpr std::chrono::seconds orphaned_stop_limit{60};
constexpr size_t recovered_at_once_max = 16;

expected<std::string> recover_archive(const std::string& path) {
  if (path.empty())
    return std::string{};
  auto removed = remove_partial_archives(path);
  if (!removed && removed.error().code == error_code::no_such_file)
    return std::string{};
  if (!removed)
    return tl::unexpected{std::move(removed.error())};
  return std::string{*removed > 0 ? " and deleted the partial archive" : ""};
}

/// The images are complete, CRIU has stopped the container, and that is what was wanted.
expected<void> complete(checkpoint_subject& container, bool tcp_established) {
  const auto& bundle = container.bundle();
  if (auto saved = container.save_volatile_state(tcp_established); !saved)
    return saved;
  if (auto ended = container.end_checkpointed(in_bundle(bundle, "dump.log")); !ended)
    return ended;
  return drop_previous_images(bundle, images_name);
}

expected<std::string> recover_checkpoint(checkpoint_subject& container,
                                         const journal_entry& entry) {
  const auto what = unfinished_checkpoint_from_json(entry.details);
  auto archive = recover_archive(what.export_path);
  if (!archive || entry.phase == "begin")
    return archive ? "nothing had been done yet" + *archive : archive;
  if (auto quiet = await_orphaned_dump(container); !quiet)
    return tl::unexpected{std::move(quiet.error())};
  const bool may_stop = entry.phase == "stop" || (what.stopped_by_criu && what.export_path.empty());
  if (may_stop && !container.is_alive() && has_checkpoint(container.bundle())) {
    if (auto completed = complete(container, what.tcp_established); !completed)
      return tl::unexpected{std::move(completed.error())};
    return "completed its checkpoint" + *archive;
  }
  auto undone = undo_checkpoint(container, what);
  if (!undone)
    return tl::unexpected{std::move(undone.error())};
  return (*undone == undo_result::restored ? "restored it from its images" : "let it run on") +
         *archive;
}

expected<std::string> recover_restore(container_host& host, const container_record& record,
                                      const journal_entry& entry) {
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return tl::unexpected{std::move(runtime.error())};
  if (auto ended = await_orphaned_restore(**runtime, record.config.id); !ended)
    return tl::unexpected{std::move(ended.error())};
  if (record.status.state == container_state::running && is_alive(**runtime, record.config.id))
    return std::string{"it had been restored already"};
  const auto what = unfinished_restore_from_json(entry.details);
  if (auto undone = undo_restore(host, record, what); !undone)
    return tl::unexpected{std::move(undone.error())};
  return std::string{what.is_import ? "removed what had been restored of it"
                                    : "kept its checkpoint to be restored again"};
}

/// Between the making of an import's journal entry and of its record there is only a name.
container_record record_of(store& state, const std::string& id) {
  auto found = state.find_container(id);
  if (found)
    return std::move(*found);
  container_record nothing;
  nothing.config.id = id;
  return nothing;
}

/// It may have come to its end before the lock was ours.
std::optional<journal_entry> entry_of(store& state, const std::string& id) {
  auto entries = state.operations();
  if (!entries)
    return std::nullopt;
  const auto entry = std::ranges::find(*entries, id, &journal_entry::container_id);
  return entry == entries->end() ? std::nullopt : std::optional{std::move(*entry)};
}

/// Ends the entry, unless trying again makes sense.
recovered_operation report_of(container_host& host, const journal_entry& entry, std::string name,
                              expected<std::string> action) {
  recovered_operation report{entry.container_id, std::move(name), entry.operation, {}, {}};
  report.problem.code = error_code::none;
  if (!action) {
    report.action = "could not be recovered";
    report.problem = std::move(action.error());
    // Processes that are gone will not come back at the next attempt either.
    if (report.problem.code != error_code::dump_failed)
      return report;
  } else {
    report.action = std::move(*action);
  }
  if (auto ended = host.state().end_operation(entry.container_id); !ended)
    report.problem = std::move(ended.error());
  return report;
}

/// A `podman stop` that a dead floe has begun ends the container, however late it comes to it: a
/// container that is judged before would lose its images, and its processes after them. Not while
/// its lock is held, for which that one waits.
expected<void> await_orphaned_stop(const journal_entry& entry, container_source source) {
  if (entry.phase != "stop" || source != container_source::podman)
    return {};
  return await_process_with_arguments({"stop", "--time", entry.container_id}, orphaned_stop_limit,
                                      "container " + entry.container_id.substr(0, 12));
}

std::optional<recovered_operation> recover_checkpoint_of(container_host& host,
                                                         const journal_entry& noted) {
  // Holding a container waits for others; whoever is at work on it now needs no help.
  if (!object_lock::acquire(host.settings().run_root, "container", noted.container_id))
    return std::nullopt;
  const auto source = unfinished_checkpoint_from_json(noted.details).source;
  if (auto ended = await_orphaned_stop(noted, source); !ended)
    return report_of(host, noted, {}, tl::unexpected{std::move(ended.error())});
  auto container = hold_subject(host, source, noted.container_id);
  if (!container && container.error().code == error_code::container_busy)
    return std::nullopt; // somebody is at work on it
  const auto entry = entry_of(host.state(), noted.container_id);
  if (!entry)
    return std::nullopt;
  if (container)
    return report_of(host, *entry, (*container)->record().config.name,
                     recover_checkpoint(**container, *entry));
  if (container.error().code == error_code::no_such_container)
    return report_of(host, *entry, {}, std::string{"the container is gone"});
  return report_of(host, *entry, {}, tl::unexpected{std::move(container.error())});
}

std::optional<recovered_operation> recover_restore_of(container_host& host, const std::string& id) {
  auto lock = object_lock::acquire(host.settings().run_root, "container", id);
  if (!lock)
    return std::nullopt; // somebody is at work on it
  const auto entry = entry_of(host.state(), id);
  if (!entry)
    return std::nullopt;
  if (entry->operation == podman_restore_operation)
    return report_of(host, *entry, {},
                     recover_podman_restore(unfinished_podman_restore_from_json(entry->details)));
  const auto record = record_of(host.state(), id);
  return report_of(host, *entry, record.config.name, recover_restore(host, record, *entry));
}

/// Side by side: one that has to wait for what is left of it must not keep others frozen.
std::vector<std::optional<recovered_operation>>
recover_checkpoints(container_host& host, std::span<const journal_entry> entries) {
  std::vector<std::optional<recovered_operation>> reports(entries.size());
  const auto pool = make_worker_pool(std::clamp(entries.size(), size_t{1}, recovered_at_once_max));
  for (size_t number = 0; number < entries.size(); ++number)
    pool->submit([&host, &entry = entries[number], &report = reports[number]] {
      report = recover_checkpoint_of(host, entry);
    });
  pool->finish();
  return reports;
}

} // namespace

expected<std::vector<recovered_operation>> recover_operations(container_host& host) {
  auto entries = host.state().operations();
  if (!entries)
    return tl::unexpected{std::move(entries.error())};
  const auto restores =
      std::stable_partition(entries->begin(), entries->end(), [](const journal_entry& entry) {
        return entry.operation == "checkpoint";
      });
  std::vector<recovered_operation> reports;
  for (auto& report : recover_checkpoints(host, {entries->begin(), restores}))
    if (report)
      reports.push_back(std::move(*report));
  for (const auto& entry : std::span{restores, entries->end()})
    if (auto report = recover_restore_of(host, entry.container_id))
      reports.push_back(std::move(*report));
  return reports;
}

} // namespace floe
