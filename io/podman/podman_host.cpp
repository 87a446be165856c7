#include "io/podman/podman_host.hpp"

#include "io/container/loopback.hpp"
#include "io/container/runc_runtime.hpp"
#include "io/posix/process.hpp"

#include <string_view>

namespace floe {

expected<std::unique_ptr<podman_host>> podman_host::open(const podman_overrides& overrides,
                                                         criu_program criu) {
  auto settings = find_podman(overrides);
  if (!settings)
    return tl::unexpected{std::move(settings.error())};
  return std::unique_ptr<podman_host>{new podman_host{overrides, *settings, std::move(criu)}};
}

expected<podman_state> podman_host::read(const std::optional<podman_row_key>& only) const {
  if (!settings_.database.empty())
    return podman_state::read(settings_, only);
  // There was none yet; it may have been made since.
  auto settings = find_podman(overrides_);
  if (!settings)
    return tl::unexpected{std::move(settings.error())};
  return podman_state::read(*settings, only);
}

expected<bool> podman_host::has(const podman_row_key& key) const {
  const auto state = read(key);
  if (!state)
    return tl::unexpected{state.error()};
  return !(state->containers().empty() && state->pods().empty() && state->volumes().empty() &&
           state->problems().empty());
}

expected<podman_container> podman_host::container(const std::string& id) const {
  const auto state = read(podman_row_key{podman_row_key::row_kind::container, id});
  if (!state)
    return tl::unexpected{state.error()};
  return state->find_container(id);
}

expected<podman_pod> podman_host::pod(const std::string& id) const {
  const auto state = read(podman_row_key{podman_row_key::row_kind::pod, id});
  if (!state)
    return tl::unexpected{state.error()};
  return state->find_pod(id);
}

expected<podman_volume> podman_host::volume(const std::string& name) const {
  const auto state = read(podman_row_key{podman_row_key::row_kind::volume, name});
  if (!state)
    return tl::unexpected{state.error()};
  return state->find_volume(name);
}

expected<podman_image> podman_host::choose_image(const std::string& id, const std::string& name,
                                                 const std::stop_token& stop) {
  {
    const std::lock_guard guard{mutex_};
    if (const auto known = images_.find({id, name}); known != images_.end())
      return known->second;
  }
  auto chosen = choose_podman_image(program(), id, name, stop);
  if (chosen) {
    const std::lock_guard guard{mutex_};
    images_.insert_or_assign({id, name}, *chosen);
  }
  return chosen;
}

std::string podman_host::set_up_loopback(const std::string& id) const {
  auto found = container(id);
  auto up = found ? set_loopback_up(found->status.pid)
                  : expected<void>{tl::unexpect, std::move(found.error())};
  return up ? std::string{} : "its loopback device: " + describe(up.error());
}

expected<oci_runtime*> podman_host::runtime(const std::string& name_or_path) {
  const std::lock_guard guard{mutex_};
  const auto& wanted = name_or_path.empty() ? settings_.runtime : name_or_path;
  auto& known = runtimes_[wanted];
  if (!known) {
    auto path = settings_.runtime_program(wanted);
    if (path.empty())
      return fail(error_code::runtime_missing, "runtime " + wanted, "it is not installed",
                  "install it: Podman's container was made with it");
    known =
        make_placed_runtime(std::move(path), {"", settings_.cgroup_manager == "systemd"}, criu_);
  }
  return known.get();
}

expected<std::string> podman_host::run(std::vector<std::string> arguments,
                                       const std::string& subject, std::chrono::milliseconds limit,
                                       const std::stop_token& stop, error_code code) const {
  process_limits limits;
  limits.time = limit;
  auto ended =
      run_process(podman_request(program(), std::move(arguments), criu_.path), limits, stop);
  return podman_output(std::move(ended), subject, code, limit);
}

} // namespace floe
