#include "io/checkpoint/undo_restore.hpp"

#include "io/checkpoint/container_end.hpp"
#include "io/checkpoint/held_container.hpp"
#include "io/container/container_upkeep.hpp"
#include "io/posix/process_watch.hpp"
#include "io/store/volume_store.hpp"

#include <chrono>
#include <csignal>

namespace floe {

namespace {

constexpr std::chrono::seconds orphan_limit{60};
constexpr std::chrono::milliseconds look_interval{50};

} // namespace

json to_json(const unfinished_restore& what) {
  return {{"is_import", what.is_import}, {"volumes", what.volumes}};
}

unfinished_restore unfinished_restore_from_json(const json& details) {
  unfinished_restore what;
  what.is_import = details.value("is_import", false);
  what.volumes = details.value("volumes", std::vector<std::string>{});
  return what;
}

expected<void> await_orphaned_restore(oci_runtime& runtime, const std::string& id) {
  const auto deadline = std::chrono::steady_clock::now() + orphan_limit;
  while (std::chrono::steady_clock::now() < deadline) {
    if (const auto restoring = open_process_with_arguments({"restore", id})) {
      await_exit(restoring.get(), look_interval);
      continue;
    }
    // A monitor without a container is about to start the runtime, or to end.
    const auto monitor = open_process_with_arguments({"-c", id});
    if (!monitor || is_alive(runtime, id))
      return {};
    await_exit(monitor.get(), look_interval);
  }
  return fail(error_code::timed_out, "container " + id.substr(0, 12),
              "a restore that nobody waits for any more does not end",
              "look for processes with " + id + " among their arguments");
}

expected<void> undo_restore(container_host& host, const container_record& record,
                            const unfinished_restore& what) {
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return tl::unexpected{std::move(runtime.error())};
  const bool alive = is_alive(**runtime, record.config.id);
  if (alive && !what.is_import)
    return {};
  expected<void> result;
  const auto attempt = [&](expected<void> tried, error_code harmless) {
    if (!tried && tried.error().code != harmless)
      result = std::move(tried);
  };
  if (alive)
    attempt((*runtime)->kill(record.config.id, SIGKILL, true), error_code::no_such_container);
  attempt(clean_up_stopped(host, record), error_code::none);
  if (!what.is_import)
    return result;
  for (const auto& volume : what.volumes) {
    auto removed = remove_volume(host.state(), host.settings(), volume, true);
    // One that another container of the batch uses stays.
    if (removed || removed.error().code != error_code::volume_in_use)
      attempt(std::move(removed), error_code::no_such_volume);
  }
  attempt(remove_everything(host, record, true), error_code::none);
  return result;
}

} // namespace floe
