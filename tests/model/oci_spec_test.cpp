// Goal: specifications of new containers are Podman's, and what users mistype is refused by name.
// Method: a small host and one option at a time; expected values were taken from Podman 4.3.1.
#include "model/finish_spec.hpp"
#include "model/oci_spec.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace floe;

namespace {

struct builder {
  create_options options;
  image_config image;
  spec_host host;
  std::string id = std::string(12, 'a') + std::string(52, 'b');

  builder() {
    options.name = "web";
    options.rootfs = "/rootfs";
    options.command = {"sleep", "100"};
    host.hostname = "host";
    host.architecture = "amd64";
    host.capabilities = {"CAP_CHOWN", "CAP_KILL", "CAP_NET_ADMIN", "CAP_SYS_ADMIN"};
  }

  spec_request request() const { return {id, "2026-11-23T15:57:22Z", options, image, host}; }
  expected<json> spec() const { return make_spec(request()); }
  expected<container_config> config() const { return make_container_config(request()); }
  error_code code() const {
    auto made = config();
    return made ? error_code::none : made.error().code;
  }
};

const json* find_mount(const json& spec, const std::string& destination) {
  for (const auto& mount : spec["mounts"])
    if (mount["destination"] == destination)
      return &mount;
  return nullptr;
}

std::vector<std::string> namespaces_of(const json& spec) {
  std::vector<std::string> types;
  for (const auto& entry : spec["linux"]["namespaces"])
    types.push_back(entry["type"]);
  return types;
}

} // namespace

TEST(oci_spec, the_smallest_container_is_as_podman_makes_it) {
  builder made;
  auto spec = made.spec();
  ASSERT_TRUE(spec) << describe(spec.error());
  EXPECT_EQ((*spec)["process"]["args"], (json{"sleep", "100"}));
  EXPECT_EQ((*spec)["process"]["cwd"], "/");
  EXPECT_EQ((*spec)["hostname"], std::string(12, 'a'));
  EXPECT_EQ((*spec)["process"]["capabilities"]["bounding"], (json{"CAP_CHOWN", "CAP_KILL"}));
  EXPECT_EQ(namespaces_of(*spec),
            (std::vector<std::string>{"pid", "network", "ipc", "uts", "mount"}));
  EXPECT_EQ((*spec)["linux"]["cgroupsPath"], "/libpod_parent/libpod-" + made.id);
  EXPECT_EQ((*spec)["linux"]["resources"]["devices"],
            json::array({{{"allow", false}, {"access", "rwm"}}}));
  EXPECT_EQ((*spec)["linux"]["resources"]["pids"]["limit"], 2048);
  EXPECT_EQ((*spec)["annotations"]["org.opencontainers.image.stopSignal"], "15");
  EXPECT_EQ((*spec)["annotations"]["io.container.manager"], "libpod");
  for (const auto* path : {"/proc", "/dev", "/sys", "/dev/pts", "/dev/mqueue", "/sys/fs/cgroup"})
    EXPECT_NE(find_mount(*spec, path), nullptr) << path;
  EXPECT_EQ(find_mount(*spec, "/dev/shm"), nullptr);
  EXPECT_EQ((*spec)["linux"]["maskedPaths"].size(), 11u);
}

TEST(oci_spec, the_image_gives_what_the_user_does_not) {
  builder made;
  made.options.command.clear();
  made.image.entrypoint = {"/entry"};
  made.image.command = {"serve"};
  made.image.environment = {"PATH=/opt", "A=1"};
  made.image.working_directory = "/srv";
  made.image.user = "web";
  made.image.stop_signal = "SIGINT";
  made.image.labels = {{"a", "image"}, {"b", "image"}};
  made.image.volumes = {"/data", "/cache/"};
  made.options.labels = {"a=user", "flag"};
  made.options.volumes = {"named:/data"};
  made.options.environment = {"A=2"};
  auto config = made.config();
  ASSERT_TRUE(config) << describe(config.error());
  const auto& process = config->spec["process"];
  EXPECT_EQ(process["args"], (json{"/entry", "serve"}));
  EXPECT_EQ(process["env"], (json{"PATH=/opt", "TERM=xterm", "container=floe", "A=2"}));
  EXPECT_EQ(process["cwd"], "/srv");
  EXPECT_EQ(config->rest["createWorkingDir"], true);
  EXPECT_EQ(config->user, "web");
  EXPECT_EQ(config->stop_signal, 2u);
  EXPECT_FALSE(process["capabilities"].contains("effective"));
  ASSERT_EQ(config->labels.size(), 3u);
  EXPECT_EQ(config->labels[0].second, "user");
  ASSERT_EQ(config->volumes.size(), 2u);
  EXPECT_EQ(config->volumes[0].name, "named");
  EXPECT_EQ(config->volumes[1].destination, "/cache");
  EXPECT_TRUE(config->volumes[1].anonymous);
  made.options.command = {"other"};
  EXPECT_EQ((*made.spec())["process"]["args"], (json{"/entry", "other"}));
  made.options.entrypoint = {"/own"};
  made.options.command.clear();
  EXPECT_EQ((*made.spec())["process"]["args"], (json{"/own"}));
}

TEST(oci_spec, mounts_have_podmans_options) {
  builder made;
  made.options.volumes = {"dat:/data:ro", "/tmp:/hosttmp:ro"};
  made.options.tmpfs = {"/scratch:size=1m"};
  auto config = made.config();
  ASSERT_TRUE(config) << describe(config.error());
  EXPECT_EQ((*find_mount(config->spec, "/hosttmp"))["options"], (json{"ro", "rprivate", "rbind"}));
  EXPECT_EQ((*find_mount(config->spec, "/scratch"))["options"],
            (json{"size=1m", "rw", "rprivate", "nosuid", "nodev", "tmpcopyup"}));
  EXPECT_EQ(config->volumes[0].options,
            (std::vector<std::string>{"ro", "rprivate", "nosuid", "nodev", "rbind"}));
}

TEST(oci_spec, resources_become_numbers_of_the_kernel) {
  builder made;
  made.options.memory = 64 << 20;
  made.options.cpus = 1.5;
  made.host.swap_limit = true;
  auto resources = (*made.spec())["linux"]["resources"];
  EXPECT_EQ(resources["memory"], (json{{"limit", 67108864}, {"swap", 134217728}}));
  EXPECT_EQ(resources["cpu"], (json{{"quota", 150000}, {"period", 100000}}));
}

TEST(oci_spec, limits_are_lowered_to_what_the_host_allows) {
  builder made;
  made.host.ceilings = {{"RLIMIT_NOFILE", 1024, 4096}, {"RLIMIT_NPROC", 1, 2'000'000}};
  auto limits = (*made.spec())["process"]["rlimits"];
  EXPECT_EQ(limits[0], (json{{"type", "RLIMIT_NOFILE"}, {"hard", 4096}, {"soft", 4096}}));
  EXPECT_EQ(limits[1]["hard"], 1'048'576);
  made.options.ulimits = {"nofile=100:200"};
  EXPECT_EQ((*made.spec())["process"]["rlimits"][0]["soft"], 100);
  made.options.ulimits = {"nofile=5000"};
  EXPECT_EQ(made.code(), error_code::unsupported);
}

TEST(oci_spec, privileged_containers_see_everything) {
  builder made;
  made.options.privileged = true;
  made.host.devices = {{"/dev/null", 'c', 1, 3, 020666, 0, 0}};
  made.host.seccomp_profile = json{{"defaultAction", "SCMP_ACT_ERRNO"}};
  auto spec = made.spec();
  ASSERT_TRUE(spec);
  EXPECT_EQ((*spec)["process"]["capabilities"]["effective"].size(), 4u);
  EXPECT_FALSE((*spec)["linux"].contains("maskedPaths"));
  EXPECT_FALSE((*spec)["linux"].contains("seccomp"));
  EXPECT_EQ((*spec)["linux"]["devices"][0]["path"], "/dev/null");
  EXPECT_EQ((*spec)["linux"]["resources"]["devices"][0]["allow"], true);
}

TEST(oci_spec, the_hosts_network_has_no_namespace) {
  builder made;
  made.options.network = "host";
  auto spec = made.spec();
  ASSERT_TRUE(spec);
  auto types = namespaces_of(*spec);
  EXPECT_EQ(std::ranges::count(types, "network"), 0);
  EXPECT_EQ((*spec)["hostname"], "host");
  EXPECT_FALSE((*spec)["linux"].contains("sysctl"));
}

TEST(oci_spec, mistakes_are_refused) {
  auto with = [](auto change) {
    builder made;
    change(made.options);
    return made.code();
  };
  EXPECT_EQ(with([](auto& o) { o.command.clear(); }), error_code::usage);
  EXPECT_EQ(with([](auto& o) { o.network = "bridge"; }), error_code::usage);
  EXPECT_EQ(with([](auto& o) { o.environment = {"NOVALUE"}; }), error_code::usage);
  EXPECT_EQ(with([](auto& o) { o.cap_add = {"NONSENSE"}; }), error_code::usage);
  EXPECT_EQ(with([](auto& o) { o.ulimits = {"nofile=2:1"}; }), error_code::usage);
  EXPECT_EQ(with([](auto& o) { o.stop_signal = "SIGNOTHING"; }), error_code::usage);
  EXPECT_EQ(with([](auto& o) { o.hostname = "a b"; }), error_code::usage);
  EXPECT_EQ(with([](auto& o) { o.working_directory = "srv"; }), error_code::usage);
  EXPECT_EQ(with([](auto& o) { o.memory = 1; }), error_code::usage);
  EXPECT_EQ(with([](auto& o) { o.cpus = -1; }), error_code::usage);
  EXPECT_EQ(with([](auto& o) { o.annotations = {"x"}; }), error_code::usage);
  for (const auto* volume :
       {"a:b", "../x:/y", "x:/", "x:/y:z:ro", "x:/y:ro,rw", "x:/y:weird", "", "x:/y:ro,ro"})
    EXPECT_EQ(with([&](auto& o) { o.volumes = {volume}; }), error_code::usage) << volume;
  for (const auto* tmpfs : {"x", "/", "/x:weird=1", "/x:upperdir=/y"})
    EXPECT_EQ(with([&](auto& o) { o.tmpfs = {tmpfs}; }), error_code::usage) << tmpfs;
  EXPECT_EQ(with([](auto& o) { o.volumes = {"a:/x", "b:/x/"}; }), error_code::usage);
}

TEST(mount_option, paths_are_cleaned_without_leaving_the_root) {
  EXPECT_EQ(clean_path("/a//b/./c/"), "/a/b/c");
  EXPECT_EQ(clean_path("/../../a"), "/a");
  EXPECT_EQ(clean_path("/a/.."), "/");
}

TEST(finish_spec, adds_what_is_known_at_the_start) {
  builder made;
  made.options.volumes = {"dat:/data:U,ro", "/tmp:/etc/hosts"};
  made.options.tmpfs = {"/var/run:U"};
  made.options.user = "web";
  auto config = made.config();
  ASSERT_TRUE(config) << describe(config.error());
  config->shm_directory = "/shm";
  start_facts facts;
  facts.root_path = "/merged";
  facts.user = {1000, 1001, "/home/web", {7}};
  facts.bind_mounts = {
      {"/etc/hosts", "/run/hosts"}, {"/etc/hostname", "/run/hostname"}, {"/dev/shm", "/shm"}};
  facts.volumes = {{"dat", "/volumes/dat"}};
  facts.resolved_destinations = {{"/var/run", "/run"}};
  auto spec = finish_spec(*config, facts);
  EXPECT_EQ(spec["root"]["path"], "/merged");
  EXPECT_EQ(spec["process"]["user"]["uid"], 1000);
  EXPECT_EQ(spec["process"]["user"]["additionalGids"], (json{1001, 7}));
  auto environment = spec["process"]["env"];
  EXPECT_EQ(environment[environment.size() - 2], "HOME=/home/web");
  EXPECT_EQ(environment.back(), "HOSTNAME=" + std::string(12, 'a'));
  EXPECT_EQ((*find_mount(spec, "/data"))["options"],
            (json{"ro", "rprivate", "nosuid", "nodev", "rbind"}));
  EXPECT_EQ((*find_mount(spec, "/etc/hosts"))["source"], "/tmp");
  EXPECT_EQ((*find_mount(spec, "/etc/hostname"))["options"], (json{"bind", "rprivate"}));
  EXPECT_EQ((*find_mount(spec, "/dev/shm"))["options"],
            (json{"bind", "rprivate", "nosuid", "noexec", "nodev"}));
  auto run = find_mount(spec, "/run");
  ASSERT_NE(run, nullptr);
  EXPECT_NE(std::ranges::find((*run)["options"], json("uid=1000")), (*run)["options"].end());
  size_t depth = 0;
  for (const auto& mount : spec["mounts"])
    if (mount["destination"] != "/run") {
      auto path = mount["destination"].get<std::string>();
      auto here = static_cast<size_t>(std::ranges::count(path, '/'));
      EXPECT_GE(here, depth) << path;
      depth = here;
    }
}

TEST(finish_spec, survives_specifications_of_strangers) {
  container_config config;
  config.id = std::string(64, 'a');
  for (const auto* text : {R"({})", R"({"mounts":7,"process":[],"linux":"x","root":1})",
                           R"({"mounts":[1,{"options":"x"},{"destination":2,"options":[3]}]})",
                           R"({"process":{"env":{"a":1},"user":3}})"}) {
    config.spec = *parse_json(text, "spec");
    start_facts facts;
    facts.bind_mounts = {{"/etc/hosts", "/x"}};
    facts.user.home = "/root";
    auto spec = finish_spec(config, facts);
    EXPECT_TRUE(spec["mounts"].is_array()) << text;
  }
}
