// Goal: `floe checkpoint` accepts and refuses what it should, in Podman's words, and shows results
// as documented. Method: real arguments against a scripted engine.
#include "tests/tools/support/fake_engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace floe::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

operation_result done(const std::string& name) {
  operation_result result;
  result.operation = "checkpoint";
  result.id = "id-" + name;
  result.name = name;
  result.input = name;
  result.status = outcome::done;
  result.archive = "/backup/" + name + ".tar.zst";
  result.bytes_written = 12'300'000;
  result.frozen_microseconds = 85'000;
  result.total_microseconds = 1'200'000;
  result.stages = {{"freeze", 0, 5'000}, {"dump", 5'000, 204'000}};
  result.criu.frozen_time = 60'000;
  return result;
}

operation_result failed(const std::string& name, error_code code) {
  auto result = done(name);
  set_error(result, {code, "container " + name, "it is not running", "start it first"});
  return result;
}

struct refusal {
  std::vector<std::string> arguments;
  std::string words;
};

class checkpoint_refusals : public ::testing::TestWithParam<refusal> {};

TEST_P(checkpoint_refusals, are_usage_errors_in_podmans_words) {
  auto arguments = GetParam().arguments;
  arguments.insert(arguments.begin(), "checkpoint");
  const auto seen = call(arguments);
  EXPECT_EQ(seen.status, 64);
  EXPECT_THAT(seen.errors, HasSubstr("Error: " + GetParam().words));
  EXPECT_EQ(seen.engines_started, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    all, checkpoint_refusals,
    ::testing::Values(
        refusal{{}, "you must provide at least one name or id"},
        refusal{{"--all", "--latest", "web"}, "--all and --latest cannot be used together"},
        refusal{{"--all", "web"}, "no arguments are needed with --all"},
        refusal{{"-l", "web"}, "--latest and containers cannot be used together"},
        refusal{{"-c", "gzip", "web"}, "--compress can only be used with --export"},
        refusal{{"-c", "gzip", "--export=", "web"}, "--compress can only be used with --export"},
        refusal{{"-c", "lzma", "-e", "f", "web"},
                "selected compression algorithm (\"lzma\") not supported. Please select one from: "
                "gzip, none, raw, zstd"},
        refusal{{"--ignore-rootfs", "web"}, "--ignore-rootfs can only be used with --export"},
        refusal{{"--ignore-volumes", "web"}, "--ignore-volumes can only be used with --export"},
        refusal{{"-P", "--with-previous", "web"},
                "--with-previous can not be used with --pre-checkpoint"},
        refusal{{"-e", "f", "web", "db"}, "--export can only be used with one container"},
        refusal{{"-e", "f", "--all"}, "--export can only be used with one container"},
        refusal{{"-e", "f", "--export-dir", "d", "web"},
                "--export and --export-dir cannot be used together"},
        refusal{{"--export-name", "{name}", "web"},
                "--export-name can only be used with --export-dir"},
        refusal{{"--thaw-early", "web"}, "--thaw-early can only be used with --leave-running"},
        refusal{{"-e", "f", "--compress-level", "23", "web"},
                "--compress-level must be between 1 and 22"},
        refusal{{"--bogus", "web"}, "unknown flag: --bogus"}));

TEST(checkpoint_command, passes_every_option_on) {
  engine_script script;
  const auto seen = call({"checkpoint",
                          "web",
                          "db",
                          "--export-dir",
                          "/backup",
                          "--export-name",
                          "{id}",
                          "-c",
                          "GZIP",
                          "--compress-level",
                          "9",
                          "-R",
                          "--thaw-early",
                          "-k",
                          "--tcp-established",
                          "--file-locks",
                          "--ignore-rootfs",
                          "--ignore-volumes",
                          "--overwrite",
                          "--no-sync",
                          "-j",
                          "3",
                          "--quiet"},
                         script);
  EXPECT_EQ(seen.status, 0);
  ASSERT_EQ(script.checkpoints.size(), 1U);
  const auto& request = script.checkpoints[0];
  EXPECT_THAT(request.names, ElementsAre("web", "db"));
  EXPECT_EQ(request.export_directory, "/backup");
  EXPECT_EQ(request.export_name, "{id}");
  EXPECT_EQ(request.jobs, 3U);
  EXPECT_FALSE(request.observer);
  const auto& options = request.options;
  EXPECT_EQ(options.method, compression::gzip);
  EXPECT_EQ(options.compression_level, 9);
  EXPECT_TRUE(options.leave_running && options.thaw_early && options.keep);
  EXPECT_TRUE(options.tcp_established && options.file_locks && options.overwrite);
  EXPECT_TRUE(options.ignore_rootfs && options.ignore_volumes);
  EXPECT_FALSE(options.sync || options.pre_checkpoint || options.with_previous);
}

TEST(checkpoint_command, prints_what_was_typed_and_says_how_it_went) {
  engine_script script;
  script.batch = batch_result{{done("web")}, 1'200'000};
  const auto seen = call({"checkpoint", "web", "-e", "/backup/web.tar.zst"}, script);
  EXPECT_EQ(seen.status, 0);
  EXPECT_EQ(seen.out, "web\n");
  EXPECT_THAT(seen.errors, HasSubstr("web: done in 1.2 s, frozen 85 ms, 12.3MB written to "
                                     "/backup/web.tar.zst\n"));
}

TEST(checkpoint_command, prints_full_ids_with_all) {
  engine_script script;
  script.batch = batch_result{{done("web")}, 1};
  EXPECT_EQ(call({"container", "checkpoint", "--all"}, script).out, "id-web\n");
  EXPECT_TRUE(script.checkpoints.at(0).all);
}

TEST(checkpoint_command, takes_a_filter_as_a_choice_among_all) {
  engine_script script;
  EXPECT_EQ(call({"checkpoint", "--filter", "label=tier=db"}, script).status, 0);
  EXPECT_TRUE(script.checkpoints.at(0).all);
  EXPECT_THAT(script.checkpoints.at(0).filters, ElementsAre("label=tier=db"));
}

TEST(checkpoint_command, finds_the_latest_container) {
  engine_script script;
  script.documents[query_kind::containers] =
      R"([{"Id":"old","Created":"2026-01-01T00:00:00Z"},
          {"Id":"new","Created":"2026-01-02T00:00:00.5Z"},
          {"Id":"older","Created":"2025-01-02T00:00:00Z"}])";
  EXPECT_EQ(call({"checkpoint", "--latest"}, script).status, 0);
  EXPECT_THAT(script.checkpoints.at(0).names, ElementsAre("new"));
}

TEST(checkpoint_command, exits_with_1_if_some_failed_and_with_2_if_all_did) {
  engine_script script;
  script.batch = batch_result{{done("web"), failed("db", error_code::wrong_state)}, 1};
  const auto some = call({"checkpoint", "web", "db"}, script);
  EXPECT_EQ(some.status, 1);
  EXPECT_EQ(some.out, "web\n");
  EXPECT_THAT(some.errors, HasSubstr("Error: container db: it is not running; start it first\n"));
  EXPECT_THAT(some.errors, HasSubstr("1 of 2 containers"));
  script.batch = batch_result{{failed("db", error_code::wrong_state)}, 1};
  EXPECT_EQ(call({"checkpoint", "db"}, script).status, 2);
}

TEST(checkpoint_command, tells_a_host_that_cannot_and_a_deadline_apart) {
  engine_script script;
  script.batch = batch_result{{failed("db", error_code::criu_missing)}, 1};
  EXPECT_EQ(call({"checkpoint", "db"}, script).status, 69);
  script.batch = batch_result{{done("web"), failed("db", error_code::deadline_reached)}, 1};
  EXPECT_EQ(call({"checkpoint", "web", "db"}, script).status, 3);
}

TEST(checkpoint_command, prints_records_as_json) {
  engine_script script;
  script.batch = batch_result{{done("web"), failed("db", error_code::wrong_state)}, 2'000};
  const auto seen = call({"checkpoint", "--format", "json", "web", "db"}, script);
  const auto document = json::parse(seen.out);
  EXPECT_EQ(document["operation"], "checkpoint");
  EXPECT_EQ(document["total_ms"], 2.0);
  EXPECT_EQ(document["done"], 1);
  EXPECT_EQ(document["failed"], 1);
  EXPECT_EQ(document["results"][0]["outcome"], "done");
  EXPECT_EQ(document["results"][1]["error"]["code"], "wrong_state");
}

TEST(checkpoint_command, prints_an_error_as_json_if_nothing_was_tried) {
  engine_script script;
  script.batch = fail(error_code::no_such_container, "container x", "there is none");
  const auto seen = call({"checkpoint", "--format", "json", "x"}, script);
  EXPECT_EQ(seen.status, 2);
  EXPECT_EQ(json::parse(seen.out)["error"]["code"], "no_such_container");
  EXPECT_THAT(seen.errors, HasSubstr("Error: container x: there is none\n"));
}

TEST(checkpoint_command, prints_podmans_statistics) {
  engine_script script;
  script.batch = batch_result{{done("web")}, 250'000};
  const auto seen = call({"checkpoint", "--print-stats", "web"}, script);
  EXPECT_EQ(seen.out, R"({
    "podman_checkpoint_duration": 250000,
    "container_statistics": [
        {
            "Id": "id-web",
            "RawInput": "web",
            "runtime_checkpoint_duration": 204000,
            "criu_statistics": {
                "frozen_time": 60000
            }
        }
    ]
}
)");
  script.batch = batch_result{{failed("db", error_code::wrong_state)}, 1};
  EXPECT_TRUE(
      json::parse(call({"checkpoint", "--print-stats", "db"}, script).out)["container_statistics"]
          .is_null());
}

TEST(checkpoint_command, is_silent_when_asked) {
  engine_script script;
  script.batch = batch_result{{done("web")}, 1};
  for (const auto& arguments : {std::vector<std::string>{"checkpoint", "--quiet", "web"},
                                std::vector<std::string>{"--quiet", "checkpoint", "web"}}) {
    const auto seen = call(arguments, script);
    EXPECT_EQ(seen.out, "web\n");
    EXPECT_EQ(seen.errors, "");
  }
}

} // namespace
} // namespace floe::testing
