// floe start.
#include "io/container/container_upkeep.hpp"
#include "io/container/lifecycle.hpp"
#include "io/container/monitor.hpp"
#include "io/container/prepare_start.hpp"
#include "io/container/root_filesystem.hpp"

namespace floe {

namespace {

expected<void> check_state(const container_record& record) {
  auto state = record.status.state;
  if (state == container_state::configured || state == container_state::exited ||
      state == container_state::stopped)
    return {};
  return fail(error_code::wrong_state, "container " + record.config.name,
              "it is " + std::string{to_string(state)} + " and cannot be started",
              state == container_state::paused ? "let it go on with floe unpause" : "");
}

expected<void> run(container_host& host, container_record& record) {
  auto& status = record.status;
  if (auto mounted = mount_container(host, record); !mounted)
    return mounted;
  if (auto written = write_runtime_config(host, record); !written)
    return written;
  auto runtime = host.runtime(record.config.runtime);
  if (!runtime)
    return tl::unexpected{runtime.error()};
  auto monitor = start_monitor(host, record.config);
  if (!monitor)
    return tl::unexpected{monitor.error()};
  status.state = container_state::created;
  status.pid = monitor->pid;
  status.monitor_pid = monitor->monitor_pid;
  if (auto updated = host.state().update_status(record.config.id, status); !updated)
    return updated;
  if (auto started = (*runtime)->start(record.config.id); !started)
    return started;
  status.state = container_state::running;
  status.started = current_time();
  return host.state().update_status(record.config.id, status);
}

/// Back to how it was; what fails here leaves no more than a later start puts right.
void undo(container_host& host, const container_record& before) {
  const auto& config = before.config;
  if (auto runtime = host.runtime(config.runtime)) [[maybe_unused]]
    auto removed = (*runtime)->remove(config.id, true);
  [[maybe_unused]] auto no_memory = unmount_shared_memory(config);
  [[maybe_unused]] auto no_root = unmount_root_filesystem(host.settings(), config);
  auto status = before.status;
  status.mounted = false;
  status.mount_point.clear();
  [[maybe_unused]] auto updated = host.state().update_status(config.id, status);
}

} // namespace

expected<container_record> start_container(container_host& host, const std::string& name) {
  auto locked = lock_container(host, name);
  if (!locked)
    return tl::unexpected{locked.error()};
  auto& record = locked->record;
  if (record.status.state == container_state::running)
    return record;
  if (auto checked = check_state(record); !checked)
    return tl::unexpected{checked.error()};
  auto before = record;
  auto& status = record.status;
  status.exit_code = 0;
  status.oom_killed = false;
  status.checkpointed = false;
  status.checkpointed_at.clear();
  status.restored = false;
  status.restored_at.clear();
  status.checkpoint_path.clear();
  status.checkpoint_log.clear();
  status.restore_log.clear();
  if (auto running = run(host, record); !running) {
    undo(host, before);
    return tl::unexpected{running.error()};
  }
  return record;
}

} // namespace floe
