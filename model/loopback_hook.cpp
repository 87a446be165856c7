#include "model/loopback_hook.hpp"

#include "model/json_access.hpp"

#include <algorithm>

namespace floe {

namespace {

constexpr const char* stage = "createRuntime";
constexpr int timeout_seconds = 10;

json hook_arguments() {
  return {"floe", loopback_hook_verb};
}

bool makes_network_namespace(const json& spec) {
  return std::ranges::any_of(
      list_member(object_member(spec, "linux"), "namespaces"), [](const json& one) {
        return text_member(one, "type") == "network" && text_member(one, "path").empty();
      });
}

} // namespace

json with_loopback_hook(json spec, const std::string& program) {
  if (!makes_network_namespace(spec))
    return spec;
  spec = without_loopback_hook(std::move(spec));
  spec["hooks"][stage].push_back(
      {{"path", program}, {"args", hook_arguments()}, {"timeout", timeout_seconds}});
  return spec;
}

json without_loopback_hook(json spec) {
  if (list_member(object_member(spec, "hooks"), stage).empty())
    return spec;
  auto& hooks = spec["hooks"];
  auto& list = hooks[stage].get_ref<json::array_t&>();
  std::erase_if(list, [](const json& hook) {
    return hook.is_object() && hook.value("args", json()) == hook_arguments();
  });
  if (list.empty())
    hooks.erase(stage);
  if (hooks.empty())
    spec.erase("hooks");
  return spec;
}

} // namespace floe
