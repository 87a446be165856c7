#include "tools/batch_progress.hpp"

#include "model/names.hpp"
#include "tools/console.hpp"
#include "tools/output.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace floe {

namespace {

/// Long enough to smooth the steps in which bytes are reported, short enough to follow a disk that
/// becomes slow.
constexpr std::chrono::seconds rate_window{5};
constexpr size_t name_width_max = 32;

uint64_t microseconds(std::chrono::steady_clock::duration span) {
  return static_cast<uint64_t>(
      std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(span).count()));
}

bool is_last_stage(const std::string& stage) {
  return stage == "done" || stage == "failed" || stage == "cancelled";
}

/// The container's name; before that is known the beginning of its id, or the archive's file name.
std::string shown_name(const job_progress& event) {
  if (is_id(event.name))
    return short_id(event.name);
  return for_display(event.id.empty() ? event.name.substr(event.name.rfind('/') + 1) : event.name);
}

/// Cut to what fits, with a sign that something is missing. Never within a character.
std::string clipped(std::string text, size_t columns) {
  if (text.size() <= columns)
    return text;
  size_t end = columns == 0 ? 0 : columns - 1;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  text.resize(end);
  return columns == 0 ? text : text + "~";
}

} // namespace

bool batch_progress::job::over() const {
  return is_last_stage(stage);
}

bool batch_progress::apply(const job_progress& event, time now) {
  const auto& key = event.input.empty() ? event.name : event.input;
  auto [at, is_new] = jobs_.try_emplace(key);
  auto& job = at->second;
  if (is_new) {
    arrival_.push_back(key);
    job.begun = now;
  }
  const bool waited = job.stage.empty() || job.stage == "waiting";
  if (waited && event.stage != "waiting")
    job.begun = now;
  const bool entered = job.stage != event.stage;
  job.shown = shown_name(event);
  job.stage = event.stage;
  // A stage without bytes of its own does not make those that were written unwritten.
  if (event.bytes_total > 0) {
    if (job.bytes_total == 0)
      job.bytes_begun = now;
    bytes_done_ += event.bytes_done - std::min(job.bytes_done, event.bytes_done);
    job.bytes_done = std::max(job.bytes_done, event.bytes_done);
    job.bytes_total = event.bytes_total;
    samples_.push_back({now, bytes_done_});
    while (samples_.size() > 2 && now - samples_.front().at > rate_window)
      samples_.pop_front();
  }
  return entered;
}

double batch_progress::rate(time now) const {
  if (samples_.size() < 2)
    return 0;
  const auto span = std::chrono::duration<double>(now - samples_.front().at).count();
  const auto bytes = samples_.back().bytes_done - samples_.front().bytes_done;
  return span > 0 ? static_cast<double>(bytes) / span : 0;
}

std::string batch_progress::line_of(const job& which, size_t name_width, unsigned columns,
                                    time now) const {
  auto line =
      fmt::format("{:<{}}  {:<8}", clipped(which.shown, name_width), name_width, which.stage);
  if (which.bytes_total > 0) {
    line += fmt::format(" {:>3.0f}%  {:>7} of {:<7}",
                        100.0 * static_cast<double>(which.bytes_done) /
                            static_cast<double>(which.bytes_total),
                        human_size(which.bytes_done), human_size(which.bytes_total));
    const auto span = std::chrono::duration<double>(now - which.bytes_begun).count();
    if (span > 0 && which.bytes_done > 0)
      line += fmt::format("  {:>7}/s", human_size(static_cast<uint64_t>(
                                           static_cast<double>(which.bytes_done) / span)));
  }
  if (which.stage != "waiting")
    line += "  " + human_duration(microseconds(now - which.begun));
  return clipped(std::move(line), columns);
}

std::string batch_progress::total_line(time now) const {
  size_t over = 0;
  size_t failed = 0;
  size_t measured = 0;
  uint64_t bytes_total = 0;
  for (const auto& [key, job] : jobs_) {
    over += job.over() ? 1 : 0;
    failed += job.stage == "failed" || job.stage == "cancelled" ? 1 : 0;
    measured += job.bytes_total > 0 || job.over() ? 1 : 0;
    bytes_total += job.bytes_total;
  }
  auto line = fmt::format("{} of {} done", over - failed, jobs_.size());
  if (failed > 0)
    line += fmt::format(", {} failed", failed);
  if (bytes_total == 0)
    return line;
  // Jobs whose size is not known yet are taken to be as large as the others.
  const bool estimated = measured < jobs_.size() && measured > 0;
  if (estimated)
    bytes_total += bytes_total / measured * (jobs_.size() - measured);
  line += fmt::format("   {} of {}{}", human_size(bytes_done_), estimated ? "about " : "",
                      human_size(bytes_total));
  const double speed = rate(now);
  if (speed >= 1 && over < jobs_.size()) {
    line += fmt::format("   {}/s", human_size(static_cast<uint64_t>(speed)));
    const auto left = static_cast<double>(bytes_total - std::min(bytes_done_, bytes_total));
    line += fmt::format("   ETA {}", human_duration(static_cast<uint64_t>(left / speed * 1e6)));
  }
  return line;
}

std::vector<std::string> batch_progress::render(unsigned rows, unsigned columns, time now) const {
  const size_t room = rows > 3 ? rows - 3 : 1;
  std::vector<const job*> shown;
  size_t hidden = 0;
  // Those under way first: with many containers the waiting ones do not push them off the screen.
  for (const bool waiting : {false, true})
    for (const auto& key : arrival_) {
      const auto& job = jobs_.at(key);
      if (job.over() || (job.stage == "waiting") != waiting)
        continue;
      if (shown.size() < room)
        shown.push_back(&job);
      else
        ++hidden;
    }
  size_t width = 0;
  for (const auto* job : shown)
    width = std::max(width, std::min(job->shown.size(), name_width_max));
  std::vector<std::string> lines;
  for (const auto* job : shown)
    lines.push_back(line_of(*job, width, columns, now));
  auto total = total_line(now);
  if (hidden > 0)
    total += fmt::format("   ({} more not shown)", hidden);
  lines.push_back(clipped(std::move(total), columns));
  return lines;
}

std::string batch_progress::plain_line(const job_progress& event) {
  auto line = fmt::format("{}: {}", shown_name(event), event.stage);
  if (event.bytes_total > 0)
    line += " " + human_size(event.bytes_total);
  return line;
}

} // namespace floe
