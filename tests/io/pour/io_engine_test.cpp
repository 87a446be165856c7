// Goal: every engine keeps the same contract, alone and with faults below it.
// Method: one suite runs on all of them: io_uring, threads, and the inline engine of tests; plain,
// and steady on top of faults.
#include "io/posix/unique_fd.hpp"
#include "io/pour/io_engine.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/sample_rope.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fcntl.h>
#include <future>
#include <vector>

namespace floe {

namespace {

using engine_ptr = std::unique_ptr<io_engine>;

struct engine_kind {
  std::string name;
  std::function<engine_ptr()> make;
};

engine_ptr uring() {
  auto engine = make_uring_engine();
  return engine ? std::move(*engine) : nullptr;
}
engine_ptr threads() {
  return make_thread_engine(3);
}
engine_ptr at_once() {
  return std::make_unique<test::inline_engine>();
}

template <engine_ptr (*Make)()>
engine_ptr steady() {
  auto inner = Make();
  return inner ? make_steady_engine(std::move(inner)) : nullptr;
}

template <engine_ptr (*Make)()>
engine_ptr troubled() {
  auto inner = Make();
  return inner ? make_steady_engine(
                     std::make_unique<test::faulty_engine>(std::move(inner), test::nuisances()))
               : nullptr;
}

std::vector<engine_kind> kinds() {
  return {{"uring", steady<uring>},     {"uring_with_faults", troubled<uring>},
          {"threads", steady<threads>}, {"threads_with_faults", troubled<threads>},
          {"inline", steady<at_once>},  {"inline_with_faults", troubled<at_once>}};
}

} // namespace

class io_engine_test : public ::testing::TestWithParam<engine_kind> {
 protected:
  void SetUp() override {
    engine = GetParam().make();
    if (!engine)
      GTEST_SKIP() << describe(make_uring_engine().error());
  }

  int64_t result_of(io_request request) {
    std::promise<int64_t> promise;
    auto result = promise.get_future();
    engine->submit(request, [&](int64_t value) { promise.set_value(value); });
    return result.get();
  }

  unique_fd open(int flags) {
    return unique_fd{::open((place / "file").c_str(), flags | O_CLOEXEC, 0600)};
  }

  test::scratch_directory place;
  engine_ptr engine;
};

TEST_P(io_engine_test, writes_and_reads_back_many_blocks_at_once) {
  constexpr size_t block = 64 * 1024;
  constexpr size_t blocks = 300; // more than a ring has entries
  auto written = test::noise(block * blocks);
  std::string read(written.size(), '?');
  auto file = open(O_RDWR | O_CREAT);
  for (auto operation : {io_operation::write, io_operation::read}) {
    std::promise<void> all;
    std::atomic<size_t> left = blocks;
    for (size_t i = 0; i < blocks; ++i) {
      auto& text = operation == io_operation::write ? written : read;
      auto bytes = std::as_writable_bytes(std::span{text}).subspan(i * block, block);
      engine->submit({operation, file.get(), i * block, bytes}, [&](int64_t result) {
        EXPECT_EQ(result, static_cast<int64_t>(block));
        if (--left == 0)
          all.set_value();
      });
    }
    all.get_future().wait();
  }
  EXPECT_TRUE(read == written);
}

TEST_P(io_engine_test, reads_less_only_at_the_end_of_the_file) {
  test::write_file(place / "file", "0123456789");
  auto file = open(O_RDONLY);
  std::string out(8, '?');
  auto bytes = std::as_writable_bytes(std::span{out});
  EXPECT_EQ(result_of(io_request::read(file.get(), 6, bytes)), 4);
  EXPECT_EQ(out, "6789????");
  EXPECT_EQ(result_of(io_request::read(file.get(), 10, bytes)), 0);
}

TEST_P(io_engine_test, hands_errors_through) {
  test::write_file(place / "file", "text");
  auto file = open(O_RDONLY);
  std::string text(8, 'x');
  auto bytes = std::as_bytes(std::span{text});
  EXPECT_EQ(result_of(io_request::write(file.get(), 0, bytes)), -EBADF);
  unique_fd full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  EXPECT_EQ(result_of(io_request::write(full.get(), 0, bytes)), -ENOSPC);
}

TEST_P(io_engine_test, lets_a_completion_submit) {
  test::write_file(place / "file", "0123456789");
  auto file = open(O_RDONLY);
  std::string out(2, '?');
  auto bytes = std::as_writable_bytes(std::span{out});
  std::promise<int64_t> promise;
  engine->submit(io_request::read(file.get(), 0, bytes), [&](int64_t) {
    engine->submit(io_request::read(file.get(), 4, bytes),
                   [&](int64_t result) { promise.set_value(result); });
  });
  EXPECT_EQ(promise.get_future().get(), 2);
  EXPECT_EQ(out, "45");
}

TEST_P(io_engine_test, completes_everything_before_it_ends) {
  test::write_file(place / "file", std::string(100'000, 'x'));
  auto file = open(O_RDONLY);
  std::string out(100'000, '?');
  std::atomic<int> complete = 0;
  for (int i = 0; i < 50; ++i)
    engine->submit(
        io_request::read(
            file.get(), 0,
            std::as_writable_bytes(std::span{out}).subspan(static_cast<size_t>(i) * 2000, 2000)),
        [&](int64_t) { ++complete; });
  engine.reset();
  EXPECT_EQ(complete, 50);
}

INSTANTIATE_TEST_SUITE_P(engines, io_engine_test, ::testing::ValuesIn(kinds()),
                         [](const auto& info) { return info.param.name; });

TEST(steady_engine, gives_up_on_a_file_that_is_never_ready) {
  auto engine = make_steady_engine(std::make_unique<test::faulty_engine>(
      std::make_unique<test::inline_engine>(), [](const io_request&) { return -EAGAIN; }));
  int64_t result = 0;
  engine->submit({}, [&](int64_t value) { result = value; });
  EXPECT_EQ(result, -EAGAIN);
}

TEST(steady_engine, takes_a_write_of_nothing_for_an_error) {
  auto engine = make_steady_engine(std::make_unique<test::faulty_engine>(
      std::make_unique<test::inline_engine>(), [](const io_request&) { return 0; }));
  test::scratch_directory place;
  unique_fd file{::open((place / "file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  const std::string text = "text";
  int64_t result = 0;
  engine->submit(io_request::write(file.get(), 0, std::as_bytes(std::span{text})),
                 [&](int64_t value) { result = value; });
  EXPECT_EQ(result, -EIO);
}

TEST(make_io_engine, says_which_engine_is_active_and_why) {
  auto threads = make_io_engine(io_preference::threads);
  ASSERT_TRUE(threads);
  EXPECT_EQ(threads->name, "threads");
  EXPECT_FALSE(threads->reason.empty());
  auto best = make_io_engine();
  ASSERT_TRUE(best);
  EXPECT_EQ(best->name == "io_uring", best->reason.empty());
}

} // namespace floe
