// Goal: programs run with exactly the streams, descriptors and environment asked for, and end in
// order. Method: small shell programs as children, whose scripts are constants of this file.
#include "io/posix/process.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

using namespace floe;

namespace {

process_request shell(std::string script) {
  process_request request;
  request.arguments = {"/bin/sh", "-c", std::move(script)};
  return request;
}

} // namespace

TEST(process, captures_output_errors_and_exit_code) {
  auto result = run_process(shell("echo out; echo err >&2; exit 7"));
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->exit_code, 7);
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->errors, "err\n");
  EXPECT_FALSE(result->succeeded());
  EXPECT_EQ(describe_end(*result), "exit status 7: err");
}

TEST(process, reports_the_signal_that_ended_a_program) {
  auto result = run_process(shell("kill -9 $$"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->signal, 9);
  EXPECT_EQ(result->exit_code, -1);
}

TEST(process, drops_output_beyond_its_limit_and_does_not_block_the_program) {
  auto request = shell("i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done");
  request.output = process_stream::capture(100);
  auto result = run_process(request);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->succeeded());
  EXPECT_EQ(result->output.size(), 100u);
}

TEST(process, passes_exactly_the_environment_given) {
  auto request = shell("echo $A:$HOME");
  request.environment = std::vector<std::string>{"A=1", "PATH=/bin:/usr/bin"};
  auto result = run_process(request);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "1:\n");
}

TEST(process, gives_descriptors_their_numbers_and_closes_all_others) {
  unique_fd leaked{::open("/dev/null", O_RDONLY)}; // without O_CLOEXEC, on purpose
  int pipes[2];
  ASSERT_EQ(::pipe2(pipes, O_CLOEXEC), 0);
  unique_fd reader{pipes[0]};
  unique_fd writer{pipes[1]};
  auto request = shell("echo hello >&5; for fd in 0 1 2 3 4 5 6 $LEAKED; do "
                       "[ -e /proc/$$/fd/$fd ] && echo -n \"$fd \"; done");
  request.environment = std::vector<std::string>{"LEAKED=" + std::to_string(leaked.get())};
  request.descriptors = {{5, writer.get()}};
  auto result = run_process(request);
  ASSERT_TRUE(result);
  char text[16] = {};
  ASSERT_EQ(::read(reader.get(), text, sizeof text), 6);
  EXPECT_STREQ(text, "hello\n");
  EXPECT_EQ(result->output, "0 1 2 5 ");
}

TEST(process, swaps_descriptors_without_overwriting_one) {
  int a[2];
  int b[2];
  ASSERT_EQ(::pipe2(a, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(b, O_CLOEXEC), 0);
  unique_fd fds[] = {unique_fd{a[0]}, unique_fd{a[1]}, unique_fd{b[0]}, unique_fd{b[1]}};
  auto request = shell("eval \"echo first >&$A; echo second >&$B\"");
  // Each one gets the number that the other one has here.
  request.descriptors = {{b[1], a[1]}, {a[1], b[1]}};
  request.environment =
      std::vector<std::string>{"A=" + std::to_string(b[1]), "B=" + std::to_string(a[1])};
  if (std::max(a[1], b[1]) > 9)
    GTEST_SKIP() << "the shell cannot name descriptors above 9";
  ASSERT_TRUE(run_process(request));
  char text[16] = {};
  ASSERT_GT(::read(a[0], text, sizeof text), 0);
  EXPECT_EQ(std::string{text}.substr(0, 5), "first");
}

TEST(process, a_missing_program_is_named) {
  process_request request;
  request.arguments = {"no-such-program-anywhere"};
  auto result = run_process(request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, error_code::no_such_file);
  EXPECT_EQ(result.error().subject, "program no-such-program-anywhere");
}

TEST(process, starts_in_the_directory_given) {
  auto request = shell("pwd");
  request.working_directory = "/usr";
  auto result = run_process(request);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "/usr\n");
}

TEST(process, a_stop_request_ends_it_by_sigterm) {
  std::stop_source stop;
  stop.request_stop();
  auto result =
      run_process(shell("trap 'echo bye; exit 3' TERM; while :; do :; done"), {}, stop.get_token());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->end, process_end::stopped);
}

TEST(process, a_program_that_ignores_sigterm_is_killed_after_the_grace) {
  int pipes[2];
  ASSERT_EQ(::pipe2(pipes, O_CLOEXEC), 0);
  unique_fd reader{pipes[0]};
  unique_fd writer{pipes[1]};
  auto request = shell("trap '' TERM; echo ready; while :; do :; done");
  request.output = process_stream::descriptor(writer.get());
  auto child = child_process::start(request);
  ASSERT_TRUE(child);
  char text[16];
  ASSERT_GT(::read(reader.get(), text, sizeof text), 0);
  process_limits limits;
  limits.time = std::chrono::milliseconds{1};
  limits.grace = std::chrono::milliseconds{20};
  auto result = child->wait(limits);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->end, process_end::timed_out);
  EXPECT_EQ(result->signal, 9);
}

TEST(process, descendants_may_finish_their_work_when_it_is_stopped) {
  char path[] = "/tmp/floe-process-XXXXXX";
  ASSERT_NE(::mkdtemp(path), nullptr);
  std::string directory = path;
  // The grandchild writes its file when the shell, its parent, is gone.
  auto request = shell("(while kill -0 $$ 2>/dev/null && [ \"$(cut -d' ' -f3 /proc/$$/stat)\" != Z"
                       " ]; do :; done; echo done > " +
                       directory + "/result) & echo ready; wait");
  int pipes[2];
  ASSERT_EQ(::pipe2(pipes, O_CLOEXEC), 0);
  unique_fd reader{pipes[0]};
  unique_fd writer{pipes[1]};
  request.output = process_stream::descriptor(writer.get());
  auto child = child_process::start(request);
  ASSERT_TRUE(child);
  char text[16];
  ASSERT_GT(::read(reader.get(), text, sizeof text), 0);
  std::stop_source stop;
  stop.request_stop();
  process_limits limits;
  limits.await_descendants = true;
  auto result = child->wait(limits, stop.get_token());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->end, process_end::stopped);
  EXPECT_EQ(::access((directory + "/result").c_str(), F_OK), 0);
  ::unlink((directory + "/result").c_str());
  ::rmdir(directory.c_str());
}

TEST(process, finds_programs_in_a_search_path) {
  EXPECT_EQ(find_program("sh", "/nowhere:/bin"), "/bin/sh");
  EXPECT_EQ(find_program("/bin/sh", ""), "/bin/sh");
  EXPECT_EQ(find_program("sh", "/nowhere"), "");
  EXPECT_EQ(find_program("/bin", ""), "");
}
