#include "io/podman/namespace_owners.hpp"

#include "io/podman/bundle_spec.hpp"
#include "io/podman/podman_checkpoint.hpp"
#include "io/posix/file_lock.hpp"
#include "io/store/object_lock.hpp"
#include "model/joined_namespaces.hpp"

#include <chrono>
#include <map>
#include <utility>
#include <vector>

namespace floe {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds start_limit{60};
constexpr std::chrono::minutes restore_limit{10};
/// For another job of the same command to begin with it.
constexpr std::chrono::seconds begin_limit{3};

bool is_up(const podman_container& container) {
  const auto state = container.status.state;
  return state == container_state::running || state == container_state::paused;
}

expected<bool> is_infra(const podman_host& podman, const podman_container& container,
                        const std::string& owner) {
  if (container.pod_id.empty())
    return false;
  return podman.pod(container.pod_id).map([&](const podman_pod& pod) {
    return pod.infra_id == owner;
  });
}

/// Waits while somebody is at work on an owner, or may soon be. Its checkpoint goes before its
/// record says that it runs.
expected<podman_container> await_owner(const podman_host& podman, const std::string& run_root,
                                       const std::string& id, const std::stop_token& stop) {
  const auto begun = steady_clock::now();
  for (;;) {
    const bool is_at_work = object_lock::is_held(run_root, "container", id);
    auto now = podman.container(id);
    if (!now || is_up(*now))
      return now;
    const bool may_come = is_at_work || can_resume(*now);
    const auto limit = begun + (is_at_work ? steady_clock::duration{restore_limit} : begin_limit);
    if (!may_come || steady_clock::now() >= limit)
      return now;
    if (stop.stop_requested())
      return fail(error_code::cancelled, "container " + now->config.name, "it was cancelled");
    pause_before_next_try();
  }
}

expected<podman_container> running_owner(const podman_host& podman, const std::string& run_root,
                                         const podman_container& container,
                                         const joined_namespace& joined,
                                         const std::stop_token& stop) {
  auto owner = podman.container(joined.owner);
  if (!owner || is_up(*owner))
    return owner;
  const auto infra = is_infra(podman, container, joined.owner);
  if (!infra)
    return tl::unexpected{infra.error()};
  if (*infra) {
    auto started =
        podman.run({"start", joined.owner}, "container " + owner->config.name, start_limit, stop);
    if (!started)
      return tl::unexpected{std::move(started.error())};
    owner = podman.container(joined.owner);
  } else {
    owner = await_owner(podman, run_root, joined.owner, stop);
  }
  if (owner && !is_up(*owner))
    return fail(error_code::wrong_state, "container " + container.config.name,
                "it is in the " + joined.type + " namespace of container " + owner->config.name +
                    ", which does not run",
                "start or restore that one first, or name both");
  return owner;
}

} // namespace

expected<void> join_owners(const podman_host& podman, const std::string& run_root,
                           const podman_container& container, const std::stop_token& stop) {
  std::vector<placed_namespace> placed;
  std::map<std::string, int> processes; // of owners: of a pod they are one
  for (const auto& joined : joined_namespaces(container.config_document)) {
    const auto [process, is_new] = processes.try_emplace(joined.owner);
    if (is_new) {
      auto owner = running_owner(podman, run_root, container, joined, stop);
      if (!owner)
        return tl::unexpected{std::move(owner.error())};
      process->second = owner->status.pid;
    }
    placed.push_back({joined.type, namespace_path(joined.type, process->second)});
  }
  return placed.empty() ? expected<void>{} : place_namespaces(container.bundle, placed);
}

} // namespace floe
