#include "tools/progress_view.hpp"

namespace floe {

namespace {

/// As often as a person can follow.
constexpr std::chrono::milliseconds redraw_interval{100};
/// Times go on also when nothing is reported.
constexpr std::chrono::milliseconds idle_interval{1000};

constexpr const char* line_erase = "\x1b[2K";
constexpr const char* line_up = "\x1b[1A";

} // namespace

progress_view::progress_view(console streams, style how)
    : streams_{std::move(streams)}, style_{how} {
  if (style_ == style::terminal)
    painter_ = std::jthread{[this](const std::stop_token& stop) { redraw_until_stopped(stop); }};
}

progress_view::~progress_view() {
  finish();
}

void progress_view::show(const job_progress& event) {
  const std::lock_guard held{mutex_};
  if (finished_)
    return;
  const bool entered = progress_.apply(event, std::chrono::steady_clock::now());
  if (style_ == style::plain) {
    if (entered && event.stage != "waiting")
      streams_.remark("{}", batch_progress::plain_line(event));
    return;
  }
  dirty_ = true;
  changed_.notify_one();
}

void progress_view::remark(const std::string& line) {
  const std::lock_guard held{mutex_};
  erase();
  streams_.remark("{}", line);
  if (style_ == style::terminal && !finished_)
    draw();
}

void progress_view::finish() {
  painter_.request_stop();
  const std::lock_guard held{mutex_};
  if (!finished_)
    erase();
  finished_ = true;
}

void progress_view::redraw_until_stopped(const std::stop_token& stop) {
  std::unique_lock held{mutex_};
  while (!stop.stop_requested()) {
    changed_.wait_for(held, stop, idle_interval, [this] { return dirty_; });
    if (stop.stop_requested() || finished_)
      return;
    draw();
    // Events that arrive meanwhile are shown together with the next ones.
    changed_.wait_for(held, stop, redraw_interval, [] { return false; });
  }
}

void progress_view::draw() {
  dirty_ = false;
  const auto [rows, columns] = streams_.size();
  const auto lines = progress_.render(rows, columns, std::chrono::steady_clock::now());
  erase();
  std::string text;
  for (const auto& line : lines)
    text += line + "\n";
  streams_.write_error(text);
  lines_drawn_ = lines.size();
}

void progress_view::erase() {
  std::string text;
  for (; lines_drawn_ > 0; --lines_drawn_)
    text += std::string{line_up} + line_erase;
  if (!text.empty())
    streams_.write_error(text + "\r");
}

progress_observer::progress_observer(handle::pointer, std::shared_ptr<progress_view> view)
    : view_{std::move(view)} {}

progress_observer::handle::behavior_type progress_observer::make_behavior() {
  return {[this](const job_progress& event) -> caf::result<void> {
    view_->show(event);
    return caf::unit;
  }};
}

} // namespace floe
