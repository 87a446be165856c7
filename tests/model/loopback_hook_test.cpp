// Goal: the hook for the loopback device comes where it is needed, once, and goes without a trace.
#include "model/loopback_hook.hpp"

#include <gtest/gtest.h>

namespace floe {
namespace {

json spec_with_network(const json& network) {
  return {{"linux", {{"namespaces", {{{"type", "pid"}}, network}}}}};
}

TEST(loopback_hook, is_added_once_where_the_runtime_makes_the_network_namespace) {
  const auto spec = spec_with_network({{"type", "network"}});
  const auto hooked = with_loopback_hook(with_loopback_hook(spec, "/old/floe"), "/bin/floe");
  ASSERT_EQ(hooked["hooks"]["createRuntime"].size(), 1U);
  EXPECT_EQ(hooked["hooks"]["createRuntime"][0]["path"], "/bin/floe");
  EXPECT_EQ(without_loopback_hook(hooked), spec);
}

TEST(loopback_hook, is_not_added_to_a_namespace_of_others_nor_to_the_hosts) {
  for (const auto& spec : {spec_with_network({{"type", "network"}, {"path", "/run/netns/web"}}),
                           spec_with_network({{"type", "ipc"}}), json(json::object())})
    EXPECT_EQ(with_loopback_hook(spec, "/bin/floe"), spec);
}

TEST(loopback_hook, leaves_the_hooks_of_others_alone) {
  auto spec = spec_with_network({{"type", "network"}});
  spec["hooks"]["createRuntime"] = {{{"path", "/bin/other"}, {"args", {"other"}}}, "nonsense"};
  spec["hooks"]["poststop"] = {{{"path", "/bin/other"}}};
  EXPECT_EQ(without_loopback_hook(with_loopback_hook(spec, "/bin/floe")), spec);
  const json strange{{"hooks", {{"createRuntime", "nonsense"}}}};
  EXPECT_EQ(without_loopback_hook(strange), strange);
}

} // namespace
} // namespace floe
