// Goal: a trace shows every stage and every window, on rows where nothing overlaps. Method: batches
// with times chosen here.
#include "tools/trace_file.hpp"

#include <gtest/gtest.h>

#include <map>

using namespace floe;

namespace {

json events_of(const json& document, const std::string& category) {
  json out = json::array();
  for (const auto& event : document.at("traceEvents"))
    if (event.value("cat", "") == category)
      out.push_back(event);
  return out;
}

batch_result two_jobs() {
  operation_result first;
  first.operation = "checkpoint";
  first.name = "web";
  first.stages = {{"dump", 1000, 50}, {"write", 1050, 100}};
  first.windows = {{0, 1050, 1060, 1061, 1080, 1081, 1090},
                   {1, 1052, 1070, 1071, 1085, 1090, 1099}};
  operation_result second;
  second.operation = "checkpoint";
  second.name = "db";
  second.stages = {{"dump", 1020, 10}};
  batch_result batch;
  batch.results = {first, second};
  return batch;
}

} // namespace

TEST(trace_document, has_every_stage_from_the_beginning_of_the_batch) {
  const auto stages = events_of(trace_document(two_jobs()), "stage");
  ASSERT_EQ(stages.size(), 3U);
  EXPECT_EQ(stages[0]["ts"], 0);
  EXPECT_EQ(stages[0]["dur"], 50);
  EXPECT_EQ(stages[1]["name"], "write");
  EXPECT_EQ(stages[2]["ts"], 20);
  EXPECT_NE(stages[2]["pid"], stages[0]["pid"]);
}

TEST(trace_document, puts_windows_that_overlap_on_rows_of_their_own) {
  const auto document = trace_document(two_jobs());
  const auto reads = events_of(document, "read");
  ASSERT_EQ(reads.size(), 2U);
  EXPECT_NE(reads[0]["tid"], reads[1]["tid"]);
  const auto writes = events_of(document, "write");
  ASSERT_EQ(writes.size(), 2U);
  EXPECT_EQ(writes[0]["tid"], writes[1]["tid"]); // one after another
  EXPECT_EQ(writes[1]["name"], "write 1");
  EXPECT_EQ(events_of(document, "compress").size(), 2U);
}

TEST(trace_document, of_nothing_is_a_trace_too) {
  EXPECT_TRUE(trace_document({}).at("traceEvents").empty());
}
