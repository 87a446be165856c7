#include "tools/trace_file.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace floe {

namespace {

/// Row numbers of a process; each kind of work has as many as are busy at once.
constexpr size_t stages_row = 0;
constexpr size_t rows_per_kind = 1000;

/// The part of a window's way that is one kind of work.
struct work_kind {
  const char* name;
  uint64_t window_times::*begun;
  uint64_t window_times::*ended;
};
constexpr work_kind work_kinds[] = {
    {"read", &window_times::read_begun, &window_times::read_ended},
    {"compress", &window_times::compression_begun, &window_times::compression_ended},
    {"write", &window_times::write_begun, &window_times::write_ended},
};

/// Events of one process, with times from the beginning of the batch.
class process_trace {
 public:
  process_trace(json& events, size_t process, uint64_t zero)
      : events_{events}, process_{process}, zero_{zero} {}

  void name_process(const std::string& name) { name_as("process_name", stages_row, name); }
  void name_row(size_t row, const std::string& name) { name_as("thread_name", row, name); }

  void add(size_t row, std::string name, const char* category, uint64_t begun, uint64_t took) {
    events_.push_back({{"name", std::move(name)},
                       {"cat", category},
                       {"ph", "X"},
                       {"ts", begun - zero_},
                       {"dur", took},
                       {"pid", process_},
                       {"tid", row}});
  }

  /// In as few rows as there are without overlaps.
  void add_windows(const std::vector<window_times>& windows, const work_kind& kind, size_t first) {
    auto sorted = windows;
    std::ranges::sort(sorted, {}, kind.begun);
    std::vector<uint64_t> busy_until;
    for (const auto& window : sorted) {
      const auto begun = window.*kind.begun;
      const auto ended = std::max(begun, window.*kind.ended);
      auto free = std::ranges::find_if(busy_until, [&](uint64_t end) { return end <= begun; });
      if (free == busy_until.end()) {
        name_row(first + busy_until.size(), kind.name);
        free = busy_until.insert(free, 0);
      }
      *free = ended;
      add(first + static_cast<size_t>(free - busy_until.begin()),
          std::string{kind.name} + " " + std::to_string(window.index), kind.name, begun,
          ended - begun);
    }
  }

 private:
  void name_as(const char* what, size_t row, const std::string& name) {
    events_.push_back(
        {{"name", what}, {"ph", "M"}, {"pid", process_}, {"tid", row}, {"args", {{"name", name}}}});
  }

  json& events_;
  size_t process_;
  uint64_t zero_;
};

uint64_t beginning_of(const batch_result& batch) {
  auto first = std::numeric_limits<uint64_t>::max();
  for (const auto& result : batch.results)
    for (const auto& stage : result.stages)
      first = std::min(first, stage.begun);
  return first;
}

} // namespace

json trace_document(const batch_result& batch) {
  json events = json::array();
  const auto zero = beginning_of(batch);
  size_t process = 0;
  for (const auto& result : batch.results) {
    process_trace trace{events, ++process, zero};
    trace.name_process(result.operation + " " + result.name);
    trace.name_row(stages_row, "stages");
    for (const auto& stage : result.stages)
      trace.add(stages_row, stage.name, "stage", stage.begun, stage.microseconds);
    size_t first = stages_row;
    for (const auto& kind : work_kinds)
      trace.add_windows(result.windows, kind, first += rows_per_kind);
  }
  return {{"displayTimeUnit", "ms"}, {"traceEvents", std::move(events)}};
}

} // namespace floe
