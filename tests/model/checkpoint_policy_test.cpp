// Goal: what an ordinary container asks for passes, and everything that would give it a part of the
// host is refused by its name. Method: a specification as Podman writes it, changed in one place
// per case.
#include "model/checkpoint_policy.hpp"

#include <gtest/gtest.h>

namespace {

using namespace floe;

archived_container ordinary() {
  archived_container out;
  out.config.id = std::string(64, 'a');
  out.config.name = "web";
  out.config.volumes = {{"data", "/data", {}, false}};
  out.spec = json::parse(R"({
    "process": {"args": ["sleep"]},
    "annotations": {"io.container.manager": "libpod", "org.opencontainers.image.stopSignal": "15"},
    "hooks": {},
    "mounts": [
      {"destination": "/proc", "type": "proc", "source": "proc"},
      {"destination": "/sys", "type": "sysfs", "source": "sysfs"},
      {"destination": "/dev/pts", "type": "devpts", "source": "devpts"},
      {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup"},
      {"destination": "/data", "type": "bind", "source": "/v/data/_data", "options": ["rbind"]},
      {"destination": "/etc/hosts", "type": "bind", "source": "/run/old/hosts",
       "options": ["bind"]},
      {"destination": "/dev/shm", "type": "bind", "source": "/v/shm", "options": ["bind"]}],
    "linux": {
      "resources": {"devices": [{"allow": false, "access": "rwm"}]},
      "namespaces": [{"type": "pid"}, {"type": "network", "path": "/run/netns/old"},
                     {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}]}})");
  return out;
}

TEST(checkpoint_policy, lets_an_ordinary_container_pass) {
  const auto checked = check_policy(ordinary(), "web.tar.zst");
  EXPECT_TRUE(checked) << describe(checked.error());
}

struct demand {
  const char* name;
  const char* pointer; ///< what is put where
  const char* value;
  const char* shown; ///< part of the message
};

void PrintTo(const demand& what, std::ostream* out) {
  *out << what.name;
}

class checkpoint_policy_of : public testing::TestWithParam<demand> {};

TEST_P(checkpoint_policy_of, refuses_what_reaches_for_the_host) {
  auto archived = ordinary();
  archived.spec[json::json_pointer{GetParam().pointer}] = json::parse(GetParam().value);
  const auto checked = check_policy(archived, "web.tar.zst");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, error_code::archive_refused);
  EXPECT_EQ(checked.error().subject, "web.tar.zst");
  EXPECT_NE(checked.error().cause.find(GetParam().shown), std::string::npos)
      << checked.error().cause;
  EXPECT_NE(checked.error().advice.find("--trust"), std::string::npos);
}

constexpr std::array demands{
    demand{"hook", "/hooks/prestart", R"([{"path": "/bin/sh"}])", "prestart"},
    demand{"odd_hooks", "/hooks", R"(["/bin/sh"])", "hooks"},
    demand{"criu_configuration", "/annotations/org.criu.config", R"("/tmp/evil")",
           "org.criu.config"},
    demand{"cdi", "/annotations/cdi.k8s.io~1gpu", R"("vendor/class=0")", "cdi.k8s.io"},
    demand{"systemd_property", "/annotations/org.systemd.property.ExecStart", R"("x")", "systemd"},
    demand{"device", "/linux/devices",
           R"([{"path": "/dev/sda", "type": "b", "major": 8, "minor": 0}])", "/dev/sda"},
    demand{"device_in_disguise", "/linux/devices",
           R"([{"path": "/dev/null", "type": "c", "major": 1, "minor": 1}])", "/dev/null"},
    demand{"device_rule", "/linux/resources/devices/0/allow", "true", "rules"},
    demand{"disk_rule", "/linux/resources/devices/-",
           R"({"allow": true, "type": "b", "major": 8, "access": "rw"})", "rules"},
    demand{"host_directory", "/mounts/-",
           R"({"destination": "/host", "type": "bind", "source": "/"})", R"(the host's "/")"},
    demand{"file_as_init", "/mounts/-",
           R"({"destination": "/run/podman-init", "type": "bind", "source": "/etc/shadow",
               "options": ["bind", "ro"]})",
           "/etc/shadow"},
    demand{"init_to_write", "/mounts/-",
           R"({"destination": "/run/podman-init", "type": "bind", "source": "/usr/bin/catatonit",
               "options": ["bind"]})",
           "/usr/bin/catatonit"},
    demand{"bind_by_option", "/mounts/-",
           R"({"destination": "/h", "type": "tmpfs", "source": "/etc", "options": ["rbind"]})",
           "/etc"},
    demand{"disk", "/mounts/-", R"({"destination": "/d", "type": "ext4", "source": "/dev/sda1"})",
           "ext4"},
    demand{"mount_without_type", "/mounts/-", R"({"destination": "/d", "source": "/dev/sda1"})",
           "/d"},
    demand{"external_mount_key", "/mounts/-",
           R"({"destination": "/x]:/etc", "type": "tmpfs", "source": "tmpfs"})", "]:"},
    demand{"mount_outside", "/mounts/-",
           R"({"destination": "/a/../..", "type": "tmpfs", "source": "tmpfs"})", "absolute"},
    demand{"second_mount", "/mounts/-",
           R"({"destination": "/etc/hosts", "type": "bind", "source": "/", "options": ["rbind"]})",
           "two mounts"},
    demand{"mounts_no_list", "/mounts", R"({"destination": "/"})", "mounts"},
    demand{"namespace", "/linux/namespaces/0/path", R"("/proc/1/ns/pid")", "/proc/1/ns/pid"},
    demand{"host_processes", "/linux/namespaces/0/type", R"("uts")", "pid"},
    demand{"seccomp_agent", "/linux/seccomp", R"({"listenerPath": "/run/agent"})", "system calls"},
    demand{"control_characters", "/annotations/org.criu.\u001b[31m", R"("x")", "\\u001b"},
};
INSTANTIATE_TEST_SUITE_P(demands, checkpoint_policy_of, testing::ValuesIn(demands),
                         [](const auto& info) { return std::string{info.param.name}; });

TEST(checkpoint_policy, lets_the_program_of_podmans_init_in) {
  auto archived = ordinary();
  archived.spec["mounts"].push_back(
      json::parse(R"({"destination": "/run/podman-init", "type": "bind",
                      "source": "/usr/libexec/podman/catatonit", "options": ["bind", "ro"]})"));
  EXPECT_TRUE(check_policy(archived, "web.tar.zst"));
}

TEST(checkpoint_policy, lets_devices_in_for_who_may_make_them_and_with_trust) {
  auto config = ordinary().config;
  config.spec = json::parse(R"({"process": {"capabilities": {"bounding": ["CAP_CHOWN"]}}})");
  EXPECT_FALSE(may_hold_devices(config, false));
  EXPECT_TRUE(may_hold_devices(config, true));
  config.spec["process"]["capabilities"]["bounding"].push_back("CAP_MKNOD");
  EXPECT_TRUE(may_hold_devices(config, false));
  config.spec = json::parse(R"({"process": 3})");
  EXPECT_FALSE(may_hold_devices(config, false));
  config.privileged = true;
  EXPECT_TRUE(may_hold_devices(config, false));
}

TEST(checkpoint_policy, knows_a_users_mount_behind_an_engines_destination) {
  auto archived = ordinary();
  archived.config.spec = json{{"mounts", json::array({{{"destination", "/etc/hosts"}}})}};
  const auto checked = check_policy(archived, "web.tar.zst");
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().cause.find("/run/old/hosts"), std::string::npos);
}

TEST(checkpoint_policy, refuses_bad_names_privileges_and_directories_of_the_host) {
  const auto refused = [](auto change) {
    auto archived = ordinary();
    change(archived.config);
    return !check_policy(archived, "a");
  };
  EXPECT_TRUE(refused([](auto& config) { config.id = "short"; }));
  EXPECT_TRUE(refused([](auto& config) { config.name = "../web"; }));
  EXPECT_TRUE(refused([](auto& config) { config.volumes[0].name = "../x"; }));
  EXPECT_TRUE(refused([](auto& config) { config.privileged = true; }));
  EXPECT_TRUE(refused([](auto& config) { config.rootfs = "/"; }));
}

} // namespace
