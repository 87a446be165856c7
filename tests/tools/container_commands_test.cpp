// Goal: the verbs for containers, volumes and images ask for the right thing and show the answer
// as Podman does. Method: real arguments against a scripted engine.
#include "tests/tools/support/fake_engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace floe::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr const char* two_containers = R"([
  {"Id":"0123456789abcdef","Names":["web"],"Image":"localhost/web:latest",
   "Command":["/bin/sh","-c","while true; do date; done"],"Created":"2026-01-01T00:00:00Z",
   "State":"running","StartedAt":"2026-01-01T00:00:00Z","ExitCode":0},
  {"Id":"fedcba9876543210","Names":["db"],"Image":"db","Command":["db"],
   "Created":"2026-01-01T00:00:00Z","State":"exited","ExitCode":137,
   "ExitedAt":"2026-01-01T00:00:00Z","Checkpointed":true}])";

TEST(create_command, reads_everything_behind_the_image_as_the_containers_command) {
  engine_script script;
  const auto seen =
      call({"create",     "--name", "web",     "-v",          "data:/data", "--volume=/a:/b:ro",
            "-e",         "A=1",    "--label", "k=v",         "--memory",   "512m",
            "--shm-size", "1g",     "--cpus",  "1.5",         "-h",         "host",
            "busybox",    "sh",     "-c",      "echo --name", "--rm"},
           script);
  EXPECT_EQ(seen.status, 0) << seen.errors;
  EXPECT_EQ(seen.out, "c0ffee\n");
  const auto& options = script.created.at(0);
  EXPECT_EQ(options.image, "busybox");
  EXPECT_THAT(options.command, ElementsAre("sh", "-c", "echo --name", "--rm"));
  EXPECT_THAT(options.volumes, ElementsAre("data:/data", "/a:/b:ro"));
  EXPECT_THAT(options.environment, ElementsAre("A=1"));
  EXPECT_EQ(options.hostname, "host");
  EXPECT_EQ(options.memory, 512U << 20);
  EXPECT_EQ(options.shm_size, 1U << 30);
  EXPECT_DOUBLE_EQ(options.cpus, 1.5);
  EXPECT_FALSE(options.auto_remove);
}

TEST(cleanup_command, leaves_interrupted_operations_of_others_alone) {
  engine_script script;
  EXPECT_EQ(call({"container", "cleanup", "web"}, script).status, 0);
  EXPECT_FALSE(script.recovered);
  EXPECT_EQ(script.commands.at(0).verb, container_verb::cleanup);
  EXPECT_EQ(call({"stop", "web"}, script).status, 0);
  EXPECT_TRUE(script.recovered);
}

TEST(create_command, needs_no_image_with_a_rootfs) {
  engine_script script;
  EXPECT_EQ(call({"create", "--rootfs", "/srv", "--entrypoint", "", "sleep", "1"}, script).status,
            0);
  EXPECT_EQ(script.created.at(0).image, "");
  EXPECT_TRUE(script.created.at(0).clear_entrypoint);
  EXPECT_THAT(script.created.at(0).command, ElementsAre("sleep", "1"));
}

TEST(create_command, refuses_unknown_flags_and_bad_sizes_before_anything_happens) {
  engine_script script;
  EXPECT_THAT(call({"create", "--bogus", "busybox"}, script).errors,
              HasSubstr("unknown flag: --bogus"));
  EXPECT_EQ(call({"create"}, script).status, 64);
  EXPECT_EQ(call({"create", "--memory", "much", "busybox"}, script).status, 64);
  EXPECT_EQ(call({"run", "-it", "busybox"}, script).status, 64);
  EXPECT_THAT(script.created, IsEmpty());
}

TEST(run_command, starts_what_it_created) {
  engine_script script;
  const auto seen = call({"run", "-d", "--name", "web", "busybox"}, script);
  EXPECT_EQ(seen.out, "c0ffee\n");
  EXPECT_EQ(script.commands.at(0).verb, container_verb::start);
  EXPECT_EQ(script.commands.at(0).name, "c0ffee");
}

TEST(run_command, removes_a_container_with_rm_that_cannot_be_started) {
  engine_script script;
  script.refused["c0ffee"] = {error_code::runtime_failed, "container web", "no such program", ""};
  EXPECT_EQ(call({"run", "-d", "--rm", "busybox"}, script).status, 2);
  ASSERT_EQ(script.commands.size(), 2U);
  EXPECT_EQ(script.commands[1].verb, container_verb::remove);
  EXPECT_TRUE(script.commands[1].force);
}

TEST(exec_command, passes_options_before_the_container_only) {
  engine_script script;
  call({"exec", "-it", "-u", "1", "web", "ls", "-l"}, script);
  const auto& request = script.execs.at(0);
  EXPECT_EQ(request.name, "web");
  EXPECT_THAT(request.command, ElementsAre("ls", "-l"));
  EXPECT_TRUE(request.interactive && request.terminal);
  EXPECT_EQ(request.user, "1");
  EXPECT_EQ(call({"exec", "web"}, script).status, 64);
}

TEST(lifecycle_commands, print_what_was_typed_and_go_on_after_an_error) {
  engine_script script;
  script.refused["db"] = {error_code::wrong_state, "container db", "it runs", ""};
  const auto seen = call({"stop", "-t", "3", "web", "db", "cache"}, script);
  EXPECT_EQ(seen.status, 1);
  EXPECT_EQ(seen.out, "web\ncache\n");
  EXPECT_EQ(seen.errors, "Error: container db: it runs\n");
  EXPECT_EQ(script.commands.at(0).timeout_seconds, 3U);
  EXPECT_TRUE(script.commands.at(0).use_timeout);
}

TEST(lifecycle_commands, mean_by_all_what_makes_sense) {
  engine_script script;
  script.documents[query_kind::containers] = two_containers;
  EXPECT_EQ(call({"kill", "--all", "--signal", "SIGHUP"}, script).out, "0123456789abcdef\n");
  EXPECT_EQ(script.commands.at(0).signal, 1);
  EXPECT_EQ(call({"start", "--all"}, script).out, "fedcba9876543210\n");
  EXPECT_EQ(call({"rm", "-a"}, script).out, "0123456789abcdef\nfedcba9876543210\n");
}

TEST(lifecycle_commands, refuse_contradictions) {
  EXPECT_EQ(call({"rm"}).status, 64);
  EXPECT_EQ(call({"rm", "--all", "web"}).status, 64);
  EXPECT_EQ(call({"kill", "-s", "NOPE", "web"}).status, 64);
}

TEST(lifecycle_commands, show_json) {
  engine_script script;
  script.refused["db"] = {error_code::container_busy, "container db", "busy", ""};
  const auto document = json::parse(call({"rm", "--format", "json", "web", "db"}, script).out);
  EXPECT_EQ(document["results"][0]["id"], "id of web");
  EXPECT_EQ(document["results"][1]["error"]["code"], "container_busy");
}

TEST(ps_command, shows_podmans_table) {
  engine_script script;
  script.documents[query_kind::containers] = two_containers;
  const auto seen = call({"ps", "-a"}, script);
  EXPECT_TRUE(script.queries.at(0).all);
  EXPECT_THAT(seen.out, StartsWith("CONTAINER ID   IMAGE"));
  EXPECT_THAT(seen.out, HasSubstr("0123456789ab   localhost/web:latest   /bin/sh -c while ..."));
  EXPECT_THAT(seen.out, HasSubstr("Exited (137) "));
  EXPECT_THAT(seen.out, HasSubstr("(checkpointed)   db\n"));
  EXPECT_EQ(call({"ps", "-q"}, script).out, "0123456789ab\nfedcba987654\n");
  EXPECT_EQ(call({"ps", "--format", "{{.Names}}={{.State}}"}, script).out,
            "web=running\ndb=exited\n");
  EXPECT_EQ(json::parse(call({"ps", "--format", "json"}, script).out)[1]["Names"][0], "db");
  EXPECT_EQ(call({"ps", "--format", "yaml"}, script).status, 64);
}

TEST(ps_command, says_whose_containers_they_are_where_others_have_some) {
  engine_script script;
  script.documents[query_kind::containers] =
      R"([{"Id":"01","Names":["web"],"State":"running","Source":"native"},
          {"Id":"02","Names":["db"],"State":"running","Source":"podman"}])";
  const auto seen = call({"ps"}, script);
  EXPECT_EQ(script.queries.at(0).source, source_scope::all);
  EXPECT_THAT(seen.out, HasSubstr("NAMES   SOURCE\n"));
  EXPECT_THAT(seen.out, HasSubstr("db      podman\n"));
  static_cast<void>(call({"ps", "--source", "podman"}, script));
  EXPECT_EQ(script.queries.at(1).source, source_scope::podman);
  EXPECT_EQ(call({"ps", "--source", "docker"}, script).status, 64);
}

TEST(inspect_command, means_the_container_of_one_source) {
  engine_script script;
  script.inspected["podman:web"] = R"({"Id":"02"})";
  EXPECT_EQ(json::parse(call({"inspect", "podman:web"}, script).out)[0]["Id"], "02");
  script.inspected["web"] = R"({"Id":"03"})";
  EXPECT_EQ(json::parse(call({"inspect", "--source", "podman", "web"}, script).out)[0]["Id"], "03");
  EXPECT_EQ(script.queries.back().source, source_scope::podman);
}

TEST(inspect_command, prints_an_array_and_templates) {
  engine_script script;
  script.inspected["web"] = R"({"Id":"01","State":{"Status":"running"}})";
  EXPECT_EQ(json::parse(call({"inspect", "web"}, script).out)[0]["Id"], "01");
  EXPECT_EQ(call({"inspect", "--format", "{{.State.Status}}", "web"}, script).out, "running\n");
  const auto seen = call({"inspect", "web", "gone"}, script);
  EXPECT_EQ(seen.status, 1);
  EXPECT_EQ(json::parse(seen.out).size(), 1U);
}

TEST(volume_commands, ask_for_one_thing_each) {
  engine_script script;
  script.changed = R"({"Name":"data"})";
  script.documents[query_kind::volumes] = R"([{"Name":"data"},{"Name":"logs"}])";
  EXPECT_EQ(call({"volume", "create", "data", "--label", "a=b"}, script).out, "data\n");
  EXPECT_EQ(call({"volume", "ls", "-q"}, script).out, "data\nlogs\n");
  EXPECT_EQ(call({"volume", "rm", "--all"}, script).out, "data\nlogs\n");
  EXPECT_EQ(call({"volume", "import", "data", "-"}, script).status, 0);
  EXPECT_EQ(script.volume_commands.back().path, "/dev/stdin");
  EXPECT_EQ(call({"volume", "export", "data", "-o", "x.tar"}, script).status, 0);
  EXPECT_EQ(script.volume_commands.back().path, "x.tar");
  EXPECT_EQ(call({"volume", "rm"}, script).status, 64);
}

TEST(volume_commands, tell_the_sources_apart_where_there_are_several) {
  engine_script script;
  script.documents[query_kind::volumes] = R"([{"Name":"own","Driver":"local","Source":"native"}])";
  EXPECT_EQ(call({"volume", "ls"}, script).out, "DRIVER   VOLUME NAME\nlocal    own\n");
  EXPECT_EQ(script.queries.back().source, source_scope::all);
  script.documents[query_kind::volumes] =
      R"([{"Name":"own","Driver":"local","Source":"native"},
          {"Name":"far","Driver":"nfs","Source":"podman"}])";
  EXPECT_EQ(call({"volume", "ls"}, script).out, "DRIVER   VOLUME NAME   SOURCE\n"
                                                "local    own           native\n"
                                                "nfs      far           podman\n");
  script.documents[query_kind::volumes] = R"([{"Name":"own","Driver":"local","Source":"native"}])";
  call({"volume", "rm", "--all"}, script);
  EXPECT_EQ(script.queries.back().source, source_scope::native);
}

TEST(pod_commands, show_what_podman_has) {
  engine_script script;
  script.documents[query_kind::pods] =
      R"([{"Id":"0123456789abcdef","Name":"shop","Status":"Running","InfraId":"fedcba9876543210",
           "Containers":[{},{}]}])";
  EXPECT_EQ(call({"pod", "ls"}, script).out,
            "POD ID         NAME   STATUS    INFRA ID       # OF CONTAINERS\n"
            "0123456789ab   shop   Running   fedcba987654   2\n");
  EXPECT_EQ(call({"pod", "ps", "--quiet"}, script).out, "0123456789ab\n");
  EXPECT_EQ(call({"pod", "ls", "--format", "{{.Name}}"}, script).out, "shop\n");
  EXPECT_EQ(call({"pod"}, script).status, 64);
}

TEST(image_commands, list_each_name_in_a_line) {
  engine_script script;
  script.documents[query_kind::images] =
      R"([{"Id":"0123456789abcdef","Names":["localhost/web:latest","localhost:5000/web"],
           "Created":"2026-01-01T00:00:00Z","Size":1500}])";
  const auto seen = call({"image", "ls"}, script);
  EXPECT_THAT(seen.out, HasSubstr("localhost/web        latest"));
  EXPECT_THAT(seen.out, HasSubstr("localhost:5000/web   <none>"));
  EXPECT_THAT(seen.out, HasSubstr("1.5kB"));
}

} // namespace
} // namespace floe::testing
