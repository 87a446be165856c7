#include "io/checkpoint/undo_checkpoint.hpp"

#include "io/checkpoint/checkpoint_files.hpp"
#include "io/checkpoint/container_end.hpp"
#include "io/checkpoint/held_container.hpp"
#include "io/checkpoint/resume_container.hpp"
#include "io/container/cgroup_freezer.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/process_watch.hpp"

#include <climits>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <unistd.h>
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

bool holds_file(const std::string& process, const std::string& path) {
  const auto descriptors = "/proc/" + process + "/fd";
  const auto names = list_directory(descriptors);
  if (!names)
    return false; // it is gone
  return std::ranges::any_of(*names, [&](const std::string& name) {
    char target[PATH_MAX];
    const auto length = ::readlink((descriptors + "/" + name).c_str(), target, sizeof target);
    return length > 0 && std::string_view{target, static_cast<size_t>(length)} == path;
  });
}

std::vector<pid_t> processes_with_open(const std::string& path) {
  std::vector<pid_t> found;
  const auto names = list_directory("/proc");
  for (const auto& name : names.value_or(std::vector<std::string>{})) {
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size() &&
        holds_file(name, path))
      found.push_back(pid);
  }
  return found;
}

/// It never ran on after its dump, so its images are what there is of it.
tl::unexpected<error> keep_images(container_host& host, container_record& record,
                                  const std::string& log) {
  if (auto ended = end_checkpointed(host, record, log); !ended)
    return tl::unexpected{std::move(ended.error())};
  return fail(error_code::dump_failed, "container " + record.config.name,
              "its processes ended during the checkpoint",
              "bring it back with floe restore " + record.config.name);
}

expected<undo_result> revive(container_host& host, container_record& record,
                             const unfinished_checkpoint& what) {
  resume_options options;
  options.tcp_established = what.tcp_established;
  options.file_locks = what.file_locks;
  if (auto forgotten = forget_processes(host, record); !forgotten)
    return tl::unexpected{std::move(forgotten.error())};
  auto image = image_of(host, record.config);
  if (!image)
    return tl::unexpected{std::move(image.error())};
  if (auto mounted = mount_container(host, record, *image); !mounted)
    return tl::unexpected{std::move(mounted.error())};
  auto resumed = resume_container(host, record, options);
  if (!resumed)
    return tl::unexpected{std::move(resumed.error())};
  return undo_result::restored;
}

} // namespace

expected<void> await_orphaned_dump(const std::string& bundle, const std::string& subject) {
  for (const pid_t pid : processes_with_open(in_bundle(bundle, "dump.log"))) {
    const auto process = open_pidfd(pid);
    if (!process || await_exit(process.get(), orphan_limit) == watch_end::exited)
      continue;
    // Never SIGKILL: a CRIU killed amid its work leaves the container frozen or dead.
    signal_pidfd(process.get(), SIGTERM);
    if (await_exit(process.get(), orphan_grace) != watch_end::exited)
      return fail(error_code::timed_out, subject,
                  "a dump that nobody waits for any more does not end",
                  "look at process " + std::to_string(pid));
  }
  return {};
}

json to_json(const unfinished_checkpoint& what) {
  return {{"images", what.images},
          {"export", what.export_path},
          {"stops", what.stops},
          {"stopped_by_criu", what.stopped_by_criu},
          {"tcp_established", what.tcp_established},
          {"file_locks", what.file_locks}};
}

unfinished_checkpoint unfinished_checkpoint_from_json(const json& details) {
  unfinished_checkpoint what;
  what.images = details.value("images", images_name);
  what.export_path = details.value("export", "");
  what.stops = details.value("stops", false);
  what.stopped_by_criu = details.value("stopped_by_criu", false);
  what.tcp_established = details.value("tcp_established", false);
  what.file_locks = details.value("file_locks", false);
  return what;
}

expected<undo_result> undo_checkpoint(container_host& host, container_record& record,
                                      const unfinished_checkpoint& what) {
  const auto bundle = bundle_directory(host.settings(), record.config.id);
  if (auto thawed = thaw_if_frozen(record); !thawed)
    return tl::unexpected{std::move(thawed.error())};
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return tl::unexpected{std::move(runtime.error())};
  auto result = undo_result::ran_on;
  if (!is_alive(**runtime, record.config.id)) {
    if (!what.stops || !has_checkpoint(bundle))
      return fail(error_code::dump_failed, "container " + record.config.name,
                  "its processes ended during the checkpoint", "start it again");
    if (!what.stopped_by_criu)
      return keep_images(host, record, in_bundle(bundle, "dump.log"));
    auto revived = revive(host, record, what);
    if (!revived)
      return revived;
    result = *revived;
  }
  if (auto removed = remove_tree(in_bundle(bundle, "stats-dump")); !removed)
    return tl::unexpected{std::move(removed.error())};
  if (auto back = bring_images_back(bundle, what.images); !back)
    return tl::unexpected{std::move(back.error())};
  return result;
}

} // namespace floe
