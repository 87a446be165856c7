#include "io/checkpoint/undo_checkpoint.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/container/cgroup_freezer.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/process_files.hpp"
#include "io/posix/process_watch.hpp"

#include <chrono>
#include <csignal>
#include <optional>
#include <unistd.h>
#include <utility>
#include <vector>

namespace floe {

namespace {

/// What an orphaned CRIU may need for the rest of its dump, and then for its end.
constexpr std::chrono::seconds orphan_limit{60};
constexpr std::chrono::seconds orphan_grace{10};

expected<void> thaw_if_frozen(const container_record& record) {
  if (record.status.pid <= 0)
    return {};
  const auto freezer = cgroup_freezer::of_process(record.status.pid);
  // Without a process there is nothing to be thawed.
  return freezer && freezer->is_frozen() ? freezer->thaw() : expected<void>{};
}

/// CRIU has code of its own run inside the processes that it dumps, which writes to its log too.
bool belongs_to(const container_record& record, pid_t pid) {
  const auto own = cgroup_freezer::of_process(record.status.pid);
  const auto its = cgroup_freezer::of_process(pid);
  return own && its && (its->directory() + "/").starts_with(own->directory() + "/");
}

/// A process that is not the container's and has the log of its dump open, held by its pidfd.
struct orphan {
  pid_t pid = 0;
  unique_fd process;
};

std::optional<orphan> find_orphan(const container_record& record, const std::string& log) {
  for (const pid_t pid : processes_with_open(log)) {
    auto process = open_pidfd(pid);
    // It still has: the number may be another's by now.
    if (process && !belongs_to(record, pid) && has_open(pid, log))
      return orphan{pid, std::move(process)};
  }
  return std::nullopt;
}

/// It never ran on after its dump, so its images are what there is of it.
tl::unexpected<error> keep_images(checkpoint_subject& container) {
  if (auto ended = container.end_checkpointed(in_bundle(container.bundle(), "dump.log")); !ended)
    return tl::unexpected{std::move(ended.error())};
  return fail(error_code::dump_failed, container.name(),
              "its processes ended during the checkpoint",
              "bring it back with floe restore " + container.record().config.name);
}

} // namespace

expected<void> await_orphaned_dump(const checkpoint_subject& container) {
  const auto log = in_bundle(container.bundle(), "dump.log");
  // Until there is none: a runtime that is just starting has its CRIU still to come.
  while (const auto found = find_orphan(container.record(), log)) {
    if (await_exit(found->process.get(), orphan_limit) == watch_end::exited)
      continue;
    if (!has_open(found->pid, log)) // it had it only between its fork and its exec
      continue;
    // Never SIGKILL: a CRIU killed amid its work leaves the container frozen or dead.
    signal_pidfd(found->process.get(), SIGTERM);
    if (await_exit(found->process.get(), orphan_grace) != watch_end::exited)
      return fail(error_code::timed_out, container.name(),
                  "a dump that nobody waits for any more does not end",
                  "look at process " + std::to_string(found->pid));
  }
  return {};
}

json to_json(const unfinished_checkpoint& what) {
  return {{"source", to_string(what.source)},
          {"images", what.images},
          {"export", what.export_path},
          {"stops", what.stops},
          {"stopped_by_criu", what.stopped_by_criu},
          {"stood_still", what.stood_still},
          {"tcp_established", what.tcp_established},
          {"file_locks", what.file_locks}};
}

unfinished_checkpoint unfinished_checkpoint_from_json(const json& details) {
  unfinished_checkpoint what;
  what.source = details.value("source", "") == to_string(container_source::podman)
                    ? container_source::podman
                    : container_source::native;
  what.images = details.value("images", images_name);
  what.export_path = details.value("export", "");
  what.stops = details.value("stops", false);
  what.stopped_by_criu = details.value("stopped_by_criu", false);
  what.stood_still = details.value("stood_still", false);
  what.tcp_established = details.value("tcp_established", false);
  what.file_locks = details.value("file_locks", false);
  return what;
}

expected<undo_result> undo_checkpoint(checkpoint_subject& container,
                                      const unfinished_checkpoint& what) {
  const auto& bundle = container.bundle();
  if (auto thawed = thaw_if_frozen(container.record()); !thawed)
    return tl::unexpected{std::move(thawed.error())};
  auto result = undo_result::ran_on;
  if (!container.is_alive()) {
    const bool is_whole = what.stopped_by_criu || what.stood_still;
    if (!what.stops || !is_whole || !has_checkpoint(bundle))
      return fail(error_code::dump_failed, container.name(),
                  "its processes ended during the checkpoint", "start it again");
    if (!what.stopped_by_criu)
      return keep_images(container);
    if (auto revived = container.revive(what.tcp_established, what.file_locks); !revived)
      return tl::unexpected{std::move(revived.error())};
    result = undo_result::restored;
  }
  if (auto removed = remove_tree(in_bundle(bundle, "stats-dump")); !removed)
    return tl::unexpected{std::move(removed.error())};
  if (auto back = bring_images_back(bundle, what.images); !back)
    return tl::unexpected{std::move(back.error())};
  return result;
}

} // namespace floe
