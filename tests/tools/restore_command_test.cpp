// Goal: `floe restore` tells containers and archives apart and refuses what Podman refuses. Method:
// real arguments against a scripted engine, in a directory of the test's own.
#include "tests/tools/support/fake_engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace floe::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* one_container = R"([{"Id":"aabbcc","Names":["web"]}])";

class restore_command : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = std::filesystem::current_path();
    directory_ = std::filesystem::path{::testing::TempDir()} /
                 ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(directory_);
    std::filesystem::current_path(directory_);
    script_.documents[query_kind::containers] = one_container;
  }

  void TearDown() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(directory_);
  }

  outcome_of_call restore(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "restore");
    return call(std::move(arguments), script_);
  }

  engine_script script_;
  std::filesystem::path before_;
  std::filesystem::path directory_;
};

TEST_F(restore_command, takes_paths_and_files_as_archives_and_the_rest_as_containers) {
  std::ofstream{"saved"} << "x";
  EXPECT_EQ(restore({"web", "./web.tar.zst", "saved", "gone.tar.gz", "db"}).status, 0);
  EXPECT_THAT(script_.restores.at(0).names, ElementsAre("web", "db"));
  EXPECT_THAT(script_.restores.at(0).archives,
              ElementsAre("./web.tar.zst", "saved", "gone.tar.gz"));
}

TEST_F(restore_command, takes_what_may_be_an_image_as_a_name) {
  EXPECT_EQ(restore({"localhost/web:saved", "saved/gone.tar.zst"}).status, 0);
  EXPECT_THAT(script_.restores.at(0).names, ElementsAre("localhost/web:saved"));
  EXPECT_THAT(script_.restores.at(0).archives, ElementsAre("saved/gone.tar.zst"));
}

TEST_F(restore_command, prefers_a_container_to_a_file_of_its_name_and_says_so) {
  std::ofstream{"web"} << "x";
  const auto seen = restore({"web"});
  EXPECT_THAT(script_.restores.at(0).names, ElementsAre("web"));
  EXPECT_THAT(script_.restores.at(0).archives, IsEmpty());
  EXPECT_THAT(seen.errors, HasSubstr("web is a container and a file; the container is meant"));
}

TEST_F(restore_command, asks_for_containers_only_where_a_name_is_ambiguous) {
  restore({"web", "./a.tar"});
  EXPECT_THAT(script_.queries, IsEmpty());
}

TEST_F(restore_command, passes_every_option_on) {
  EXPECT_EQ(restore({"--import",
                     "a.tar",
                     "--import-previous",
                     "b.tar",
                     "-n",
                     "new",
                     "-k",
                     "--ignore-rootfs",
                     "--ignore-volumes",
                     "--ignore-static-ip",
                     "--ignore-static-mac",
                     "--file-locks",
                     "--trust",
                     "-j",
                     "2",
                     "--to",
                     "podman",
                     "--pod",
                     "pod",
                     "-p",
                     "8080:80",
                     "--publish",
                     "9090:90/udp"})
                .status,
            0);
  const auto& request = script_.restores.at(0);
  EXPECT_THAT(request.archives, ElementsAre("a.tar"));
  EXPECT_EQ(request.jobs, 2U);
  const auto& options = request.options;
  EXPECT_EQ(options.previous_archive, "b.tar");
  EXPECT_EQ(options.name, "new");
  EXPECT_TRUE(options.keep && options.ignore_rootfs && options.ignore_volumes && options.trust);
  EXPECT_TRUE(options.ignore_static_ip && options.ignore_static_mac && options.file_locks);
  EXPECT_EQ(options.engine, "podman");
  EXPECT_EQ(options.pod, "pod");
  EXPECT_THAT(options.publish, ElementsAre("8080:80", "9090:90/udp"));
}

TEST_F(restore_command, prints_full_ids_of_what_came_from_archives) {
  operation_result result;
  result.operation = "restore";
  result.status = outcome::done;
  result.id = "0123456789abcdef";
  result.name = "web";
  result.input = result.archive = "a.tar";
  result.bytes_read = 1'000;
  result.total_microseconds = 300'000;
  script_.batch = batch_result{{result}, 1};
  const auto seen = restore({"-i", "a.tar"});
  EXPECT_EQ(seen.out, "0123456789abcdef\n");
  EXPECT_THAT(seen.errors, HasSubstr("web: done in 300 ms, 1kB restored from a.tar\n"));
}

TEST_F(restore_command, refuses_contradictions_in_podmans_words) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{}, "you must provide at least one name or id"},
      {{"--all", "--latest"}, "--all and --latest cannot be used together"},
      {{"--all", "web"}, "no arguments are needed with --all"},
      {{"--latest", "web"}, "--all or --latest and containers cannot be used together"},
      {{"-i", "a", "--all"}, "cannot use --import with --all or --latest"},
      {{"-i", "a", "web"}, "cannot use --import with positional arguments"},
      {{"--all", "--import-previous", "f"},
       "--import-previous can only be used with image or --import"},
      {{"--latest", "--ignore-rootfs"}, "--ignore-rootfs can only be used with image or --import"},
      {{"-i", "a", "--name", "n", "--tcp-established"},
       "--tcp-established cannot be used with --name"},
      {{"./a", "./b", "--name", "n"}, "--name can only be used with one checkpoint image"},
  };
  for (const auto& [arguments, words] : cases) {
    const auto seen = restore(arguments);
    EXPECT_EQ(seen.status, 64) << words;
    EXPECT_THAT(seen.errors, HasSubstr("Error: " + words + "\n"));
  }
  EXPECT_THAT(script_.restores, IsEmpty());
}

} // namespace
} // namespace floe::testing
