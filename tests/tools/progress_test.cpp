// Goal: progress is computed and shown as a person expects it. Method: events at invented times;
// what a view writes is collected.
#include "tools/batch_progress.hpp"
#include "tools/progress_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace floe {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const batch_progress::time start{};

job_progress event(const std::string& name, const std::string& stage, uint64_t done = 0,
                   uint64_t total = 0) {
  return {"checkpoint", "id-" + name, name, stage, done, total, name};
}

TEST(batch_progress, shows_a_line_per_container_and_a_total_with_rate_and_time_left) {
  batch_progress progress;
  progress.apply(event("web", "write", 0, 4'000'000), start);
  progress.apply(event("db", "done", 1'000'000, 1'000'000), start);
  progress.apply(event("web", "write", 2'000'000, 4'000'000), start + 2s);
  EXPECT_THAT(progress.render(24, 100, start + 2s),
              ElementsAre("web  write     50%      2MB of 4MB          1MB/s  2.0 s",
                          "1 of 2 done   3MB of 5MB   1.5MB/s   ETA 1.3 s"));
}

TEST(batch_progress, says_which_stage_is_new) {
  batch_progress progress;
  EXPECT_TRUE(progress.apply(event("web", "dump"), start));
  EXPECT_FALSE(progress.apply(event("web", "dump"), start));
  EXPECT_TRUE(progress.apply(event("web", "write"), start));
}

TEST(batch_progress, follows_a_job_whose_name_becomes_known_later) {
  batch_progress progress;
  progress.apply({"restore", "", "/backup/web.tar", "check", 0, 0, "/backup/web.tar"}, start);
  EXPECT_THAT(progress.render(24, 80, start).at(0), HasSubstr("web.tar  check"));
  progress.apply({"restore", "0123", "web", "unpack", 0, 0, "/backup/web.tar"}, start);
  EXPECT_THAT(progress.render(24, 80, start), SizeIs(2));
  EXPECT_THAT(progress.render(24, 80, start).at(0), HasSubstr("web  unpack"));
}

TEST(batch_progress, shortens_ids_and_paths) {
  const std::string id(64, 'a');
  EXPECT_EQ(batch_progress::plain_line({"checkpoint", "", id, "check", 0, 0, id}),
            "aaaaaaaaaaaa: check");
  EXPECT_EQ(batch_progress::plain_line({"restore", "", "/b/web.tar", "check", 0, 0, "/b/web.tar"}),
            "web.tar: check");
}

TEST(batch_progress, fits_the_terminal) {
  batch_progress progress;
  for (int i = 0; i < 100; ++i)
    progress.apply(event("a-container-" + std::to_string(i), i < 3 ? "write" : "waiting", 1, 2),
                   start);
  const auto lines = progress.render(10, 40, start);
  EXPECT_THAT(lines, SizeIs(8));
  for (const auto& line : lines)
    EXPECT_LE(line.size(), 40U) << line;
  EXPECT_THAT(lines.front(), HasSubstr("a-container-0"));
}

TEST(batch_progress, never_cuts_within_a_character) {
  batch_progress progress;
  progress.apply(event("äöü", "waiting"), start);
  for (unsigned columns = 1; columns < 8; ++columns) {
    const auto line = progress.render(10, columns, start).at(0);
    EXPECT_NO_THROW((void)json(line).dump()) << columns;
  }
}

/// Collects what a view writes.
struct collector {
  std::string text;
  console streams() {
    console made;
    made.write_error = [this](std::string_view more) { text += more; };
    made.size = [] { return std::pair{24U, 80U}; };
    return made;
  }
};

TEST(progress_view, writes_one_plain_line_per_stage_without_a_terminal) {
  collector seen;
  progress_view view{seen.streams(), progress_view::style::plain};
  view.show(event("web", "waiting"));
  view.show(event("web", "dump"));
  view.show(event("web", "write", 0, 2'000));
  view.show(event("web", "write", 1'000, 2'000));
  view.finish();
  view.show(event("web", "done"));
  EXPECT_EQ(seen.text, "web: dump\nweb: write 2kB\n");
}

TEST(progress_view, leaves_a_terminal_as_if_it_had_not_been_there) {
  collector seen;
  {
    progress_view view{seen.streams(), progress_view::style::terminal};
    view.show(event("web", "dump"));
    view.remark("cancelling");
  }
  // After a remark the lines are drawn, and what is drawn is erased in the end.
  EXPECT_THAT(seen.text, HasSubstr("cancelling\n"));
  EXPECT_TRUE(seen.text.ends_with("\x1b[1A\x1b[2K\x1b[1A\x1b[2K\r")) << seen.text;
}

} // namespace
} // namespace floe
