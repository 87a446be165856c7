// Goal: the pourer writes exactly the archive that pour_to_file writes, and leaves nothing behind
// when it cannot. Method: ring, frame workers and pourer run in virtual time on one thread, above
// an engine with scripted faults; once more with real threads and the best engine of the machine.
#include "actors/pourer.hpp"
#include "actors/ring.hpp"
#include "io/pour/pour_to_file.hpp"
#include "tests/support/actor_test.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/sample_rope.hpp"

#include <filesystem>

namespace floe {

namespace {

constexpr uint32_t window_bytes = 256 << 10;

/// Remembers what a pourer reports.
class progress_log {
 public:
  using handle = pour_observer_handle;
  static constexpr const char* name = "progress-log";

  progress_log(handle::pointer, std::vector<pour_progress>& seen) : seen_{seen} {}

  handle::behavior_type make_behavior() {
    return {[this](const pour_progress& progress) { seen_.push_back(progress); }};
  }

 private:
  std::vector<pour_progress>& seen_;
};

} // namespace

class pourer_test : public actor_test {
 protected:
  void SetUp() override {
    sample.fill_up();
    content = sample.shared();
    use(nullptr);
  }

  /// Builds ring and pourer above an engine that does what \p script says.
  void use(test::fault_script script, pourer_limits limits = {2, 4, window_bytes},
           frame_worker_factory spawn_worker = spawn_frame_worker) {
    auto raw = std::make_unique<test::inline_engine>();
    if (script)
      engines.push_back(make_steady_engine(
          std::make_unique<test::faulty_engine>(std::move(raw), std::move(script))));
    else
      engines.push_back(std::move(raw));
    the_ring = caf::actor_cast<ring_handle>(spawn<ring>(*engines.back(), pool));
    the_pourer = caf::actor_cast<pourer_handle>(
        spawn<pourer>(the_ring, pool, limits, std::move(spawn_worker)));
  }

  /// Comes as far as it can by itself, which is not to a name.
  auto begin_watched(pour_archive what, std::vector<pour_progress>& seen) {
    what.observer = spawn<progress_log>(seen);
    auto pour = self->request(the_pourer, caf::infinite, std::move(what));
    run();
    EXPECT_FALSE(std::filesystem::exists(target));
    if (seen.empty()) {
      ADD_FAILURE() << "it reports nothing";
      seen.emplace_back();
    }
    return pour;
  }

  pour_archive request(compression method = compression::zstd) {
    pour_archive out;
    out.content = content;
    out.target = target;
    out.method = method;
    out.sync = false;
    out.notes.warnings = {"socket left out"};
    return out;
  }

  std::string plain_archive(compression method) {
    pour_options options;
    options.target = out / "plain";
    options.method = method;
    options.overwrite = true;
    options.sync = false;
    options.window_bytes = window_bytes;
    options.notes.warnings = {"socket left out"};
    auto report = pour_to_file(*content, options);
    EXPECT_TRUE(report) << describe(report.error());
    digest = report ? report->digest : "";
    auto bytes = test::read_file(options.target);
    std::filesystem::remove(options.target);
    return bytes;
  }

  static std::shared_ptr<const rope> front() {
    rope out;
    out.append_literal(std::string(1000, 'a'));
    out.append_zeros(3 * window_bytes);
    return std::make_shared<const rope>(std::move(out));
  }

  static std::shared_ptr<const rope> rest_behind(uint64_t offset) {
    rope out{offset};
    out.append_literal("rest");
    out.append_zeros(1024);
    return std::make_shared<const rope>(std::move(out));
  }

  error failure(pour_archive what) {
    auto reply = call<poured>(the_pourer, std::move(what));
    EXPECT_FALSE(reply);
    return reply ? error{} : to_error(last_error, target);
  }

  void expect_nothing_left() {
    EXPECT_TRUE(std::filesystem::is_empty(out.path()));
    EXPECT_EQ(pool.size(), 0u);
  }

  test::scratch_directory place;
  test::scratch_directory out;
  test::sample_rope sample{place};
  std::shared_ptr<const rope> content;
  std::vector<std::unique_ptr<io_engine>> engines;
  ring_handle the_ring;
  pourer_handle the_pourer;
  const std::string target = out / "a.tar";
  std::string digest;
};

TEST_F(pourer_test, writes_the_same_archive_as_the_plain_loop_in_every_method) {
  for (auto method : {compression::zstd, compression::gzip, compression::none, compression::raw}) {
    const auto expected_bytes = plain_archive(method);
    use(nullptr);
    auto reply = call<poured>(the_pourer, request(method));
    ASSERT_TRUE(reply) << describe(to_error(last_error, target));
    EXPECT_TRUE(test::read_file(target) == expected_bytes) << to_string(method);
    EXPECT_EQ(reply->bytes_written, expected_bytes.size());
    EXPECT_EQ(reply->bytes_read, sample.bytes.size());
    EXPECT_EQ(reply->digest, digest);
    ASSERT_EQ(reply->stages.size(), 3u);
    EXPECT_EQ(reply->stages[1].name, "pour");
    std::filesystem::remove(target);
  }
}

TEST_F(pourer_test, writes_the_same_archive_whatever_interrupts_its_transfers) {
  const auto expected_bytes = plain_archive(compression::zstd);
  use(test::nuisances());
  ASSERT_TRUE(call<poured>(the_pourer, request()));
  EXPECT_TRUE(test::read_file(target) == expected_bytes);
}

TEST_F(pourer_test, manages_with_one_slot_and_with_more_than_it_needs) {
  const auto expected_bytes = plain_archive(compression::raw);
  for (size_t slots : {1, 100}) {
    use(nullptr, {3, slots, window_bytes});
    ASSERT_TRUE(call<poured>(the_pourer, request(compression::raw)));
    EXPECT_TRUE(test::read_file(target) == expected_bytes);
    std::filesystem::remove(target);
  }
}

TEST_F(pourer_test, leaves_nothing_whichever_write_finds_the_disk_full) {
  int writes = 0;
  use([&](const io_request& what) -> test::fault {
    writes += what.operation == io_operation::write ? 1 : 0;
    return std::nullopt;
  });
  ASSERT_TRUE(call<poured>(the_pourer, request()));
  std::filesystem::remove(target);
  ASSERT_GT(writes, 20);
  for (int full_at = 1; full_at <= writes; ++full_at) {
    use([full_at, count = 0](const io_request& what) mutable -> test::fault {
      if (what.operation == io_operation::write && ++count >= full_at)
        return -ENOSPC;
      return std::nullopt;
    });
    auto why = failure(request());
    EXPECT_EQ(why.code, error_code::no_space);
    EXPECT_EQ(why.subject, target);
    expect_nothing_left();
  }
}

TEST_F(pourer_test, names_the_file_that_cannot_be_read) {
  use([](const io_request& what) -> test::fault {
    return what.operation == io_operation::read ? test::fault{-EIO} : std::nullopt;
  });
  auto why = failure(request());
  EXPECT_EQ(why.code, error_code::io_failed);
  EXPECT_EQ(why.subject, place / "checkpoint/pages-1.img");
  expect_nothing_left();
}

TEST_F(pourer_test, reports_a_file_that_changed_once) {
  std::filesystem::resize_file(place / "checkpoint/pages-1.img", 1'000'000);
  auto reply = call<poured>(the_pourer, request());
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->changed.size(), 1u);
}

TEST_F(pourer_test, leaves_nothing_when_it_is_cancelled_at_any_moment) {
  for (int steps = 0; steps < 60; ++steps) {
    use(nullptr);
    auto pour = self->request(the_pourer, caf::infinite, request());
    for (int i = 0; i < steps; ++i)
      scheduler.try_run_once() || pool.run_one();
    bool cancelled = false;
    auto cancel = self->request(the_pourer, caf::infinite, cancel_pour{});
    run();
    cancel.receive([&] { cancelled = true; }, [&](caf::error&) {});
    EXPECT_TRUE(cancelled) << steps;
    EXPECT_FALSE(receive<poured>(pour));
    EXPECT_EQ(to_error(last_error, target).code, error_code::cancelled) << steps;
    expect_nothing_left();
  }
}

TEST_F(pourer_test, ends_when_it_is_cancelled_before_it_has_an_archive) {
  bool cancelled = false;
  auto cancel = self->request(the_pourer, caf::infinite, cancel_pour{});
  run();
  cancel.receive([&] { cancelled = true; }, [&](caf::error&) {});
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(failure(request()).code, error_code::lost);
}

TEST_F(pourer_test, refuses_a_second_archive) {
  auto first = self->request(the_pourer, caf::infinite, request());
  auto second = self->request(the_pourer, caf::infinite, request());
  run();
  EXPECT_TRUE(receive<poured>(first));
  EXPECT_FALSE(receive<poured>(second));
  EXPECT_EQ(to_error(last_error, target).code, error_code::usage);
}

TEST_F(pourer_test, refuses_a_level_that_the_method_does_not_know) {
  auto what = request(compression::gzip);
  what.level = 12;
  EXPECT_EQ(failure(std::move(what)).code, error_code::usage);
  expect_nothing_left();
}

TEST_F(pourer_test, keeps_a_file_that_is_there_already) {
  test::write_file(target, "precious");
  EXPECT_EQ(failure(request()).code, error_code::target_exists);
  EXPECT_EQ(test::read_file(target), "precious");
}

TEST_F(pourer_test, notices_the_death_of_a_frame_worker) {
  use(nullptr, {2, 4, window_bytes},
      [](caf::actor_system& system, std::shared_ptr<frame_codec> codec) {
        auto worker = spawn_frame_worker(system, std::move(codec));
        end_actor(worker, caf::exit_reason::kill);
        return worker;
      });
  EXPECT_EQ(failure(request()).code, error_code::lost);
  expect_nothing_left();
}

TEST_F(pourer_test, notices_the_death_of_the_ring) {
  auto pour = self->request(the_pourer, caf::infinite, request());
  for (int i = 0; i < 8; ++i)
    scheduler.try_run_once() || pool.run_one();
  end_actor(the_ring, caf::exit_reason::kill);
  run();
  EXPECT_FALSE(receive<poured>(pour));
  EXPECT_EQ(to_error(last_error, target).code, error_code::lost);
  expect_nothing_left();
}

TEST_F(pourer_test, leaves_nothing_when_it_is_killed) {
  self->request(the_pourer, caf::infinite, request());
  for (int i = 0; i < 20; ++i)
    scheduler.try_run_once() || pool.run_one();
  end_actor(the_pourer, caf::exit_reason::kill);
  run();
  expect_nothing_left();
}

TEST_F(pourer_test, tells_its_observer_how_far_it_is) {
  std::vector<pour_progress> seen;
  auto what = request();
  what.observer = spawn<progress_log>(seen);
  auto reply = call<poured>(the_pourer, std::move(what));
  ASSERT_TRUE(reply);
  ASSERT_FALSE(seen.empty());
  EXPECT_LE(seen.size(), 3u) << "virtual time stands still";
  EXPECT_EQ(seen.back().bytes_done, content->size());
  EXPECT_EQ(seen.back().bytes_total, content->size());
  EXPECT_EQ(seen.back().bytes_written, reply->bytes_written);
  EXPECT_TRUE(std::ranges::any_of(seen, &pour_progress::captured));
}

TEST_F(pourer_test, says_when_it_has_read_what_it_has_and_waits_for_the_rest) {
  std::vector<pour_progress> seen;
  auto what = request();
  what.content = front();
  what.rest_follows = true;
  auto pour = begin_watched(std::move(what), seen);
  EXPECT_TRUE(seen.back().captured);
  self->send(the_pourer, pour_rest{rest_behind(1000 + 3 * window_bytes)});
  run();
  ASSERT_TRUE(receive<poured>(pour));
  EXPECT_EQ(seen.back().bytes_done, seen.back().bytes_total);
}

TEST_F(pourer_test, joins_its_content_and_the_rest_whenever_that_comes) {
  const auto wanted = std::string(1000, 'a') + std::string(3 * window_bytes, '\0') + "rest" +
                      std::string(1024, '\0');
  for (int steps = 0; steps < 60; ++steps) {
    use(nullptr, {2, 2, window_bytes});
    auto what = request(compression::none);
    what.content = front();
    what.rest_follows = true;
    auto pour = self->request(the_pourer, caf::infinite, std::move(what));
    for (int i = 0; i <= steps; ++i)
      scheduler.try_run_once() || pool.run_one();
    self->send(the_pourer, pour_rest{rest_behind(1000 + 3 * window_bytes)});
    run();
    auto reply = receive<poured>(pour);
    ASSERT_TRUE(reply) << describe(to_error(last_error, target));
    EXPECT_EQ(reply->bytes_read, wanted.size());
    EXPECT_TRUE(test::read_file(target).starts_with(wanted)) << steps;
    std::filesystem::remove(target);
  }
}

TEST_F(pourer_test, refuses_a_rest_that_does_not_fit) {
  auto what = request();
  what.content = front();
  what.rest_follows = true;
  auto pour = self->request(the_pourer, caf::infinite, std::move(what));
  self->send(the_pourer, pour_rest{rest_behind(7)});
  run();
  EXPECT_FALSE(receive<poured>(pour));
  EXPECT_EQ(to_error(last_error, target).code, error_code::usage);
  expect_nothing_left();
}

TEST_F(pourer_test, leaves_nothing_when_it_is_cancelled_while_it_waits_for_the_rest) {
  auto what = request();
  what.content = front();
  what.rest_follows = true;
  auto pour = self->request(the_pourer, caf::infinite, std::move(what));
  run();
  self->send(the_pourer, cancel_pour{});
  run();
  EXPECT_FALSE(receive<poured>(pour));
  EXPECT_EQ(to_error(last_error, target).code, error_code::cancelled);
  expect_nothing_left();
}

TEST_F(pourer_test, gives_an_archive_its_name_when_it_is_told_to) {
  std::vector<pour_progress> seen;
  auto what = request();
  what.awaits_commit = true;
  auto pour = begin_watched(std::move(what), seen);
  EXPECT_TRUE(seen.back().complete);
  self->send(the_pourer, commit_pour{});
  run();
  ASSERT_TRUE(receive<poured>(pour));
  EXPECT_TRUE(std::filesystem::exists(target));
}

TEST_F(pourer_test, leaves_what_was_there_when_it_is_cancelled_while_it_waits_for_its_name) {
  test::write_file(target, "an older one");
  auto what = request();
  what.awaits_commit = true;
  what.overwrite = true;
  auto pour = self->request(the_pourer, caf::infinite, std::move(what));
  run();
  self->send(the_pourer, cancel_pour{});
  run();
  EXPECT_FALSE(receive<poured>(pour));
  EXPECT_EQ(to_error(last_error, target).code, error_code::cancelled);
  EXPECT_EQ(test::read_file(target), "an older one");
}

TEST_F(pourer_test, gives_no_name_before_the_archive_is_complete) {
  auto what = request();
  what.awaits_commit = true;
  what.content = front();
  what.rest_follows = true;
  auto pour = self->request(the_pourer, caf::infinite, std::move(what));
  run();
  auto early = self->request(the_pourer, caf::infinite, commit_pour{});
  run();
  error_code refused = error_code::none;
  early.receive([] {}, [&](const caf::error& why) { refused = to_error(why, target).code; });
  EXPECT_EQ(refused, error_code::usage);
  EXPECT_FALSE(std::filesystem::exists(target));
  self->send(the_pourer, cancel_pour{});
  run();
  EXPECT_FALSE(receive<poured>(pour));
}

TEST_F(pourer_test, notes_the_times_of_all_windows_if_it_is_to) {
  auto what = request();
  what.trace = true;
  const auto reply = call<poured>(the_pourer, std::move(what));
  ASSERT_TRUE(reply);
  ASSERT_FALSE(reply->windows.empty());
  for (size_t i = 0; i < reply->windows.size(); ++i) {
    EXPECT_EQ(reply->windows[i].index, i);
    EXPECT_LE(reply->windows[i].read_begun, reply->windows[i].read_ended);
    EXPECT_LE(reply->windows[i].write_begun, reply->windows[i].write_ended);
  }
}

TEST(pourer, works_on_real_threads_with_the_best_engine) {
  test::scratch_directory place;
  test::scratch_directory out;
  test::sample_rope sample{place};
  sample.fill_up();
  auto content = sample.shared();
  auto engine = make_io_engine();
  ASSERT_TRUE(engine);
  auto pool = make_worker_pool(3);
  all_types_config config{2};
  caf::actor_system system{config};
  auto ring_actor = spawn_state<ring>(system, *engine->engine, *pool);
  caf::scoped_actor self{system};
  for (int i = 0; i < 3; ++i) {
    auto pourer_actor =
        spawn_state<pourer>(system, ring_actor, *pool, pourer_limits{2, 3, window_bytes});
    pour_archive what;
    what.content = content;
    what.target = out / ("a" + std::to_string(i));
    bool done = false;
    self->request(pourer_actor, caf::infinite, what)
        .receive([&](const poured&) { done = true; },
                 [&](caf::error& why) { ADD_FAILURE() << describe(to_error(why, what.target)); });
    EXPECT_TRUE(done);
  }
  EXPECT_TRUE(test::read_file(out / "a0") == test::read_file(out / "a2"));
  end_actor(ring_actor);
}

} // namespace floe
