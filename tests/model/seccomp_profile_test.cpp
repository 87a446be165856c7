// Goal: of a shared filter profile exactly the rules for this host and container remain. Method: a
// profile with one rule per condition.
#include "model/seccomp_profile.hpp"

#include <gtest/gtest.h>

using namespace floe;

namespace {

const char* profile = R"({
  "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS",
  "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
              {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
  "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [], "includes": {}, "excludes": {}},
    {"names": ["vm86"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "errno": "EPERM"},
    {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["arm_sync"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm64"]}},
    {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 8, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]}]})";

std::vector<std::string> first_names(const json& filter) {
  std::vector<std::string> names;
  for (const auto& rule : filter["syscalls"])
    names.push_back(rule["names"][0].get<std::string>() + " " +
                    rule["action"].get<std::string>().substr(9));
  return names;
}

} // namespace

TEST(seccomp_profile, keeps_the_rules_that_apply_here) {
  auto document = *parse_json(profile, "profile");
  auto filter = convert_seccomp_profile(document, {"amd64", {}, {6, 1}}, "profile");
  ASSERT_TRUE(filter) << describe(filter.error());
  EXPECT_EQ(first_names(*filter),
            (std::vector<std::string>{"read ALLOW", "vm86 ERRNO", "mount ERRNO", "ptrace ALLOW",
                                      "personality ALLOW"}));
  EXPECT_EQ((*filter)["architectures"], (json{"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"}));
  EXPECT_EQ((*filter)["defaultErrnoRet"], 38);
  EXPECT_EQ((*filter)["syscalls"][1]["errnoRet"], 1);
  EXPECT_EQ((*filter)["syscalls"][4]["args"],
            json::array({{{"index", 0}, {"value", 8}, {"op", "SCMP_CMP_EQ"}}}));
  EXPECT_FALSE((*filter)["syscalls"][0].contains("args"));
}

TEST(seccomp_profile, capabilities_and_old_kernels_change_them) {
  auto document = *parse_json(profile, "profile");
  auto filter = convert_seccomp_profile(document, {"arm64", {"CAP_SYS_ADMIN"}, {4, 4}}, "profile");
  ASSERT_TRUE(filter);
  EXPECT_EQ(first_names(*filter),
            (std::vector<std::string>{"read ALLOW", "vm86 ERRNO", "mount ALLOW", "arm_sync ALLOW",
                                      "personality ALLOW"}));
}

TEST(seccomp_profile, what_is_no_profile_is_refused) {
  for (const auto* text :
       {"[]", "{}", R"({"defaultAction": 1})", R"({"defaultAction": "x", "syscalls": [1]})",
        R"({"defaultAction": "x", "syscalls": [{"names": "read"}]})"}) {
    auto filter = convert_seccomp_profile(*parse_json(text, "p"), {"amd64", {}, {6, 1}}, "p");
    ASSERT_FALSE(filter) << text;
    EXPECT_EQ(filter.error().code, error_code::bad_image);
  }
}
