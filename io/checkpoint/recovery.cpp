#include "io/checkpoint/recovery.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/checkpoint/container_end.hpp"
#include "io/checkpoint/held_container.hpp"
#include "io/checkpoint/undo_checkpoint.hpp"
#include "io/checkpoint/undo_restore.hpp"
#include "io/posix/mount.hpp"
#include "io/store/object_lock.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace floe {

namespace {

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
expected<void> complete(container_host& host, container_record& record) {
  const auto bundle = bundle_directory(host.settings(), record.config.id);
  const auto& shared = record.config.shm_directory;
  if (!shared.empty() && is_mount_point(shared).value_or(false))
    if (auto saved = save_shared_memory(shared, bundle); !saved)
      return saved;
  if (auto ended = end_checkpointed(host, record, in_bundle(bundle, "dump.log")); !ended)
    return ended;
  return drop_previous_images(bundle, images_name);
}

expected<std::string> recover_checkpoint(container_host& host, container_record& record,
                                         const journal_entry& entry) {
  const auto what = unfinished_checkpoint_from_json(entry.details);
  const auto bundle = bundle_directory(host.settings(), record.config.id);
  auto archive = recover_archive(what.export_path);
  if (!archive || entry.phase == "begin")
    return archive ? "nothing had been done yet" + *archive : archive;
  if (auto quiet = await_orphaned_dump(bundle, "container " + record.config.name); !quiet)
    return tl::unexpected{std::move(quiet.error())};
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return tl::unexpected{std::move(runtime.error())};
  const bool is_dead = !is_alive(**runtime, record.config.id);
  const bool may_stop = entry.phase == "stop" || (what.stopped_by_criu && what.export_path.empty());
  if (is_dead && may_stop && has_checkpoint(bundle)) {
    if (auto completed = complete(host, record); !completed)
      return tl::unexpected{std::move(completed.error())};
    return "completed its checkpoint" + *archive;
  }
  auto undone = undo_checkpoint(host, record, what);
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

std::optional<recovered_operation> recover(container_host& host, const std::string& id) {
  auto lock = object_lock::acquire(host.settings().run_root, "container", id);
  if (!lock)
    return std::nullopt; // somebody is at work on it
  // It may have come to its end before the lock was ours.
  auto entries = host.state().operations();
  if (!entries)
    return std::nullopt;
  const auto entry = std::ranges::find(*entries, id, &journal_entry::container_id);
  if (entry == entries->end())
    return std::nullopt;
  auto record = record_of(host.state(), id);
  recovered_operation report{id, record.config.name, entry->operation, {}, {}};
  report.problem.code = error_code::none;
  expected<std::string> action = std::string{"the container is gone"};
  if (entry->operation == "restore")
    action = recover_restore(host, record, *entry);
  else if (!record.config.name.empty())
    action = recover_checkpoint(host, record, *entry);
  if (!action) {
    report.action = "could not be recovered";
    report.problem = std::move(action.error());
    // Processes that are gone will not come back at the next attempt either.
    if (report.problem.code != error_code::dump_failed)
      return report;
  } else {
    report.action = std::move(*action);
  }
  if (auto ended = host.state().end_operation(id); !ended)
    report.problem = std::move(ended.error());
  return report;
}

} // namespace

expected<std::vector<recovered_operation>> recover_operations(container_host& host) {
  auto entries = host.state().operations();
  if (!entries)
    return tl::unexpected{std::move(entries.error())};
  std::vector<recovered_operation> reports;
  for (const auto& entry : *entries)
    if (auto report = recover(host, entry.container_id))
      reports.push_back(std::move(*report));
  return reports;
}

} // namespace floe
