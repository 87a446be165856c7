// floe stop, kill, rm, pause, unpause, and what happens when a container ends by itself.
#include "io/container/container_upkeep.hpp"
#include "io/container/lifecycle.hpp"

#include <csignal>

namespace floe {

namespace {

tl::unexpected<error> wrong_state(const container_record& record, std::string cause,
                                  std::string advice = {}) {
  return fail(error_code::wrong_state, "container " + record.config.name,
              "it is " + std::string{to_string(record.status.state)} + ", " + std::move(cause),
              std::move(advice));
}

bool has_processes(const container_record& record) {
  auto state = record.status.state;
  return state == container_state::running || state == container_state::paused ||
         state == container_state::created || state == container_state::stopping;
}

bool has_ended(const error& problem) {
  return problem.code == error_code::wrong_state || problem.code == error_code::no_such_container;
}

/// The stop signal, then SIGKILL.
expected<void> end_processes(container_host& host, const container_record& record,
                             std::chrono::seconds timeout, const std::stop_token& stop) {
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return tl::unexpected{runtime.error()};
  if (timeout.count() > 0) {
    auto asked =
        (*runtime)->kill(record.config.id, static_cast<int>(record.config.stop_signal), false);
    if (!asked && !has_ended(asked.error()))
      return asked;
    auto ended = await_end(record, timeout, stop);
    if (ended || ended.error().code != error_code::timed_out)
      return ended;
  }
  auto killed = (*runtime)->kill(record.config.id, SIGKILL, false);
  if (!killed && !has_ended(killed.error()))
    return killed;
  return await_end(record, std::chrono::seconds{60}, stop);
}

/// Pauses and lets go on, which differ only in the states.
expected<container_record> change_pause(container_host& host, const std::string& name,
                                        container_state from, container_state to) {
  auto locked = lock_container(host, name);
  if (!locked)
    return tl::unexpected{locked.error()};
  auto& record = locked->record;
  if (record.status.state != from)
    return wrong_state(record, "not " + std::string{to_string(from)});
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return tl::unexpected{runtime.error()};
  auto changed = to == container_state::paused ? (*runtime)->pause(record.config.id)
                                               : (*runtime)->resume(record.config.id);
  if (!changed)
    return tl::unexpected{changed.error()};
  record.status.state = to;
  if (auto updated = host.state().update_status(record.config.id, record.status); !updated)
    return tl::unexpected{updated.error()};
  return record;
}

} // namespace

expected<container_record> stop_container(container_host& host, const std::string& name,
                                          std::optional<uint32_t> timeout_seconds,
                                          const std::stop_token& stop) {
  auto locked = lock_container(host, name);
  if (!locked)
    return tl::unexpected{locked.error()};
  auto& record = locked->record;
  if (record.status.state == container_state::paused)
    return wrong_state(record, "so it cannot stop in order",
                       "let it go on with floe unpause, or end it with floe kill");
  if (!has_processes(record))
    return record;
  std::chrono::seconds timeout{timeout_seconds.value_or(record.config.stop_timeout)};
  if (auto ended = end_processes(host, record, timeout, stop); !ended)
    return tl::unexpected{ended.error()};
  if (auto finished = finish_ended(host, record); !finished)
    return tl::unexpected{finished.error()};
  return record;
}

expected<container_record> kill_container(container_host& host, const std::string& name,
                                          int signal) {
  auto locked = lock_container(host, name);
  if (!locked)
    return tl::unexpected{locked.error()};
  auto& record = locked->record;
  if (!has_processes(record))
    return wrong_state(record, "there is nothing to send a signal to");
  if (signal == SIGKILL) {
    if (auto killed = kill_and_finish(host, record); !killed)
      return tl::unexpected{killed.error()};
    return record;
  }
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return tl::unexpected{runtime.error()};
  if (auto sent = (*runtime)->kill(record.config.id, signal, false); !sent)
    return tl::unexpected{sent.error()};
  return record;
}

expected<container_record> remove_container(container_host& host, const std::string& name,
                                            const remove_request& request) {
  auto locked = lock_container(host, name);
  if (!locked)
    return tl::unexpected{locked.error()};
  auto& record = locked->record;
  if (has_processes(record)) {
    if (!request.force)
      return wrong_state(record, "so it cannot be removed",
                         "stop it first, or remove it with --force");
    if (auto killed = kill_and_finish(host, record); !killed)
      return tl::unexpected{killed.error()};
    if (record.config.auto_remove())
      return record; // gone with its end
  }
  bool with_volumes = request.volumes || record.config.auto_remove();
  if (auto removed = remove_everything(host, record, with_volumes); !removed)
    return tl::unexpected{removed.error()};
  return record;
}

expected<container_record> pause_container(container_host& host, const std::string& name) {
  return change_pause(host, name, container_state::running, container_state::paused);
}

expected<container_record> unpause_container(container_host& host, const std::string& name) {
  return change_pause(host, name, container_state::paused, container_state::running);
}

expected<void> cleanup_container(container_host& host, const std::string& id) {
  auto lock = object_lock::await(host.settings().run_root, "container", id);
  if (!lock)
    return tl::unexpected{lock.error()};
  auto found = host.state().find_container(id);
  auto done = found ? reconcile(host, *found) : expected<void>{tl::unexpected{found.error()}};
  // Whoever held the lock before may have removed it, and reconcile removes a `--rm` container.
  if (!done && done.error().code != error_code::no_such_container)
    return done;
  return {};
}

} // namespace floe
