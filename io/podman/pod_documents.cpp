#include "io/podman/pod_documents.hpp"

#include "model/json_access.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace floe {

namespace {

std::vector<const podman_container*> members_of(const podman_state& state, const podman_pod& pod) {
  std::vector<const podman_container*> members;
  for (const auto& container : state.containers())
    if (container.pod_id == pod.id)
      members.push_back(&container);
  return members;
}

/// By the rule of libpod, createPodStatusResults in pod_status.go.
std::string status_of(const std::vector<const podman_container*>& members) {
  size_t running = 0;
  size_t paused = 0;
  size_t ended = 0;
  for (const auto* member : members) {
    const auto state = member->status.state;
    running += state == container_state::running ? 1 : 0;
    paused += state == container_state::paused ? 1 : 0;
    ended += state == container_state::exited || state == container_state::stopped ? 1 : 0;
  }
  const auto all = members.size();
  if (all == 0)
    return "Created";
  if (running > 0)
    return running == all ? "Running" : "Degraded";
  if (paused == all)
    return "Paused";
  if (ended > 0)
    return ended == all ? "Exited" : "Stopped";
  return "Created";
}

/// In the words and the order of libpod.
json shared_namespaces(const podman_pod& pod) {
  constexpr std::array kinds{std::pair{"sharesPid", "pid"},        std::pair{"sharesIpc", "ipc"},
                             std::pair{"sharesNet", "net"},        std::pair{"sharesMnt", "mount"},
                             std::pair{"sharesUser", "user"},      std::pair{"sharesUts", "uts"},
                             std::pair{"sharesCgroupNS", "cgroup"}};
  json names = json::array();
  for (const auto& [key, name] : kinds)
    if (flag_member(pod.document, key))
      names.push_back(name);
  return names;
}

} // namespace

json pod_list_entry(const podman_state& state, const podman_pod& pod) {
  const auto members = members_of(state, pod);
  json containers = json::array();
  for (const auto* member : members)
    containers.push_back({{"Id", member->config.id},
                          {"Names", member->config.name},
                          {"Status", to_string(member->status.state)}});
  return {{"Id", pod.id},
          {"Name", pod.name},
          {"Status", status_of(members)},
          {"Created", text_member(pod.document, "created")},
          {"Labels", object_member(pod.document, "labels")},
          {"InfraId", pod.infra_id},
          {"Containers", std::move(containers)}};
}

json pod_document(const podman_state& state, const podman_pod& pod) {
  const auto members = members_of(state, pod);
  json containers = json::array();
  for (const auto* member : members)
    containers.push_back({{"Id", member->config.id},
                          {"Name", member->config.name},
                          {"State", to_string(member->status.state)}});
  return {{"Id", pod.id},
          {"Name", pod.name},
          {"Created", text_member(pod.document, "created")},
          {"State", status_of(members)},
          {"Hostname", text_member(pod.document, "hostname")},
          {"Labels", object_member(pod.document, "labels")},
          {"InfraContainerID", pod.infra_id},
          {"SharedNamespaces", shared_namespaces(pod)},
          {"NumContainers", members.size()},
          {"Containers", std::move(containers)}};
}

} // namespace floe
