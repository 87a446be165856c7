// Goal: processes are found by what they were started with. Method: one of our own.
#include "io/posix/process.hpp"
#include "io/posix/process_watch.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

using namespace floe;

TEST(open_process_with_arguments, finds_a_process_by_whole_arguments) {
  const auto argument = "floe-test-" + std::to_string(::getpid());
  process_request request;
  request.arguments = {"sh", "-c", "echo; read line", argument};
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  unique_fd read_end{ends[0]};
  unique_fd write_end{ends[1]};
  ASSERT_EQ(::pipe(ends), 0);
  const unique_fd started{ends[0]};
  const unique_fd starts{ends[1]};
  request.input = process_stream::descriptor(read_end.get());
  request.output = process_stream::descriptor(starts.get());
  auto child = child_process::start(request);
  ASSERT_TRUE(child);
  char line = 0; // until then it may have no arguments yet
  ASSERT_EQ(::read(started.get(), &line, 1), 1);
  EXPECT_FALSE(open_process_with_arguments({argument.substr(0, argument.size() - 1)}));
  const auto found = open_process_with_arguments({argument, "-c"});
  ASSERT_TRUE(found);
  EXPECT_EQ(await_exit(found.get(), std::chrono::milliseconds{0}), watch_end::timed_out);
  const auto waited = await_process_with_arguments({argument}, std::chrono::milliseconds{0}, "it");
  ASSERT_FALSE(waited) << "who goes on here would act while it is still at work";
  EXPECT_EQ(waited.error().code, error_code::timed_out);
  EXPECT_EQ(waited.error().subject, "it");
  write_end.reset();
  read_end.reset();
  EXPECT_EQ(await_exit(found.get(), std::chrono::seconds{10}), watch_end::exited);
  ASSERT_TRUE(child->wait());
  EXPECT_FALSE(open_process_with_arguments({argument, "-c"}));
  EXPECT_TRUE(await_process_with_arguments({argument}, std::chrono::milliseconds{0}, "it"));
}
