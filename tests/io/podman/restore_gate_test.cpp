// Goal: a Podman that waits at the gate gets an empty tar when all is well and half a tar when it
// is not, and in the end nobody waits any more. Method: a shell script in Podman's place that opens
// the FIFO as Podman does and has tar read it.
#include "io/podman/restore_gate.hpp"
#include "tests/support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <thread>

namespace floe {

namespace {

class restore_gate : public testing::Test {
 protected:
  void SetUp() override { fifo = scratch.path() + "/rootfs-diff.tar"; }

  /// Makes the FIFO late, as Podman unpacks it late, and then reads a tar from it.
  process_request reader(const std::string& before = {}) const {
    process_request request;
    request.arguments = {"/bin/sh", "-c",
                         before + " mkfifo \"$0\"; tar -tf - <\"$0\" && echo restored", fifo};
    return request;
  }

  expected<process_result> run(const std::function<expected<void>()>& fill,
                               const std::stop_token& stop = {}) {
    return run_gated(reader(), fifo, fill, stop);
  }

  test::scratch_directory scratch;
  std::string fifo;
};

TEST_F(restore_gate, opens_when_the_files_are_in_place) {
  bool filled = false;
  const auto result = run([&]() -> expected<void> {
    filled = true;
    return {};
  });
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_TRUE(filled);
  EXPECT_EQ(result->output, "restored\n");
}

TEST_F(restore_gate, gives_half_a_tar_when_the_files_cannot_be_put_in_place) {
  const auto marker = scratch.path() + "/restored";
  process_request request = reader();
  request.arguments[2] = "mkfifo \"$0\"; tar -tf - <\"$0\" && touch \"$1\"";
  request.arguments.push_back(marker);
  const auto result = run_gated(
      request, fifo,
      []() -> expected<void> { return fail(error_code::archive_damaged, "x.tar", "a digest"); },
      {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, error_code::archive_damaged);
  EXPECT_FALSE(std::filesystem::exists(marker));
}

TEST_F(restore_gate, fills_nothing_after_a_cancellation) {
  std::stop_source stop;
  stop.request_stop();
  bool filled = false;
  const auto result = run(
      [&]() -> expected<void> {
        filled = true;
        return {};
      },
      stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, error_code::cancelled);
  EXPECT_FALSE(filled);
}

TEST_F(restore_gate, reports_what_podman_says_when_it_fails_before) {
  process_request request;
  request.arguments = {"/bin/sh", "-c", "echo 'Error: no such network' >&2; exit 125"};
  const auto result = run_gated(request, fifo, [] { return expected<void>{}; }, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, error_code::restore_failed);
  EXPECT_EQ(result.error().cause, "no such network");
}

TEST_F(restore_gate, does_not_take_a_restore_for_done_that_did_not_wait) {
  process_request request;
  request.arguments = {"/bin/true"};
  const auto result = run_gated(request, fifo, [] { return expected<void>{}; }, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, error_code::restore_failed);
}

TEST_F(restore_gate, writes_to_nothing_but_a_fifo) {
  std::ofstream{fifo} << "mine";
  refuse_at_gate(fifo);
  std::string text;
  std::ifstream{fifo} >> text;
  EXPECT_EQ(text, "mine");
}

TEST_F(restore_gate, ends_a_podman_whose_floe_died) {
  auto child = child_process::start(reader());
  ASSERT_TRUE(child);
  std::stop_source too_long;
  for (int attempt = 0; attempt < 1'000 && !std::filesystem::exists(fifo); ++attempt) {
    process_request pause;
    pause.arguments = {"sleep", "0.01"};
    ASSERT_TRUE(run_process(pause));
  }
  process_limits limits;
  limits.time = std::chrono::seconds{10};
  // It may have made the FIFO and not be waiting yet.
  std::jthread refusals{[&](const std::stop_token& stop) {
    while (!stop.stop_requested())
      refuse_at_gate(fifo);
  }};
  const auto result = child->wait(limits);
  refusals.request_stop();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->end, process_end::by_itself);
  EXPECT_NE(result->exit_code, 0);
}

TEST_F(restore_gate, does_not_wait_for_a_reader_that_reads_no_more) {
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const unique_fd idle{::open(fifo.c_str(), O_RDONLY | O_NONBLOCK)};
  constexpr int more_than_a_pipe_holds = 4096;
  for (int i = 0; i < more_than_a_pipe_holds; ++i)
    refuse_at_gate(fifo);
}

TEST_F(restore_gate, hands_over_the_documents_and_a_fifo) {
  const auto directory = scratch.path() + "/hand-over";
  std::filesystem::create_directories(directory + "/checkpoint");
  for (const auto* name :
       {"config.dump", "spec.dump", "network.status", "checkpoint/inventory.img"})
    std::ofstream{directory + "/" + name} << name;
  ASSERT_EQ(::mkfifo((directory + "/rootfs-diff.tar").c_str(), 0600), 0);
  const auto target = scratch.path() + "/hand-over.tar";
  ASSERT_TRUE(write_hand_over(directory, target));
  process_request list;
  list.arguments = {"/bin/sh", "-c", "tar -tvf \"$0\" | sed 's/^\\(.\\).* /\\1 /'", target};
  const auto listed = run_process(list);
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->output, "- config.dump\n- spec.dump\n- network.status\nd checkpoint/\n"
                            "- checkpoint/inventory.img\np rootfs-diff.tar\n");
}

} // namespace

} // namespace floe
