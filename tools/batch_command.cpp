#include "tools/batch_command.hpp"

#include "io/posix/small_file.hpp"
#include "tools/interrupt_watch.hpp"
#include "tools/output.hpp"
#include "tools/progress_view.hpp"
#include "tools/trace_file.hpp"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <numeric>

namespace floe {

namespace {

constexpr int statistics_indent = 4;
constexpr mode_t trace_file_mode = 0644;

/// Passes Ctrl-C on to the engine: at once, or as soon as there is a batch that can be cancelled.
class canceller {
 public:
  void signalled(const console& streams) {
    const std::lock_guard held{mutex_};
    say(streams, wanted_ ? "Still cancelling: what was begun is being undone"
                         : "Cancelling: what was frozen runs again, partial files are removed");
    wanted_ = true;
    pass_on();
  }

  void use(std::shared_ptr<progress_view> view) {
    const std::lock_guard held{mutex_};
    view_ = std::move(view);
  }

  /// There is a batch now.
  void arm(const engine_handle& engine) {
    const std::lock_guard held{mutex_};
    engine_ = engine;
    if (wanted_)
      pass_on();
  }

  void disarm() {
    const std::lock_guard held{mutex_};
    engine_ = nullptr;
    view_.reset();
  }

 private:
  void say(const console& streams, const std::string& line) {
    if (view_)
      view_->remark(line);
    else
      streams.remark("{}", line);
  }

  void pass_on() {
    if (engine_)
      tell(engine_, cancel_batches{});
  }

  std::mutex mutex_;
  engine_handle engine_;
  std::shared_ptr<progress_view> view_;
  bool wanted_ = false;
};

template <class Request>
expected<batch_result> await_batch(session& s, Request request, bool quiet) {
  canceller cancel;
  const interrupt_watch interrupts{[&](int) { cancel.signalled(s.streams()); }};
  auto link = s.engine();
  if (!link)
    return tl::unexpected{link.error()};
  if (const auto guarded = (*link)->guard(); !guarded)
    s.streams().remark("Warning: nobody looks after this if it is killed: {}",
                       describe(guarded.error()));
  std::shared_ptr<progress_view> view;
  if (!quiet) {
    view = std::make_shared<progress_view>(s.streams(), s.streams().error_is_terminal
                                                            ? progress_view::style::terminal
                                                            : progress_view::style::plain);
    request.observer = spawn_state<progress_observer>((*link)->system(), view);
  }
  cancel.use(view);
  const auto observer = request.observer;
  auto answer =
      s.ask<batch_result>(std::move(request), "the batch", [&] { cancel.arm((*link)->engine()); });
  cancel.disarm();
  if (view) {
    view->finish();
    end_actor(observer);
  }
  return answer;
}

/// What Podman prints for one container that was done.
std::string printed_name(const operation_result& result, const batch_display& display) {
  const bool typed_archive = result.operation == "restore" && !result.archive.empty();
  return display.full_ids || typed_archive || result.input.empty() ? result.id : result.input;
}

bool is_of_a_name(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || letter == '-' ||
         letter == '.';
}

/// Whether a line has a name as a word of its own: `a` is no word of `already`.
bool mentions(std::string_view line, std::string_view name) {
  for (auto at = line.find(name); at != line.npos; at = line.find(name, at + 1)) {
    const auto end = at + name.size();
    if ((at == 0 || !is_of_a_name(line[at - 1])) &&
        (end == line.size() || !is_of_a_name(line[end])))
      return true;
  }
  return false;
}

/// The error of one container among many: it says which, wherever the error itself comes from.
error named_error(const operation_result& result) {
  auto what = error_of(result);
  const auto line = describe(what);
  for (const auto* known : {&result.name, &result.input})
    if (!known->empty() && mentions(line, *known))
      return what;
  const auto& who = result.name.empty() ? result.input : result.name;
  what.subject = what.subject.empty() ? who : who + ": " + what.subject;
  return what;
}

void show_results(const session& s, const batch_result& batch, const batch_display& display) {
  const auto& streams = s.streams();
  const bool quiet = display.quiet || s.options().quiet;
  const bool names = display.format != "json" && !display.print_stats;
  size_t done = 0;
  uint64_t bytes = 0;
  for (const auto& result : batch.results) {
    for (const auto& warning : result.warnings)
      if (!quiet)
        streams.remark("Warning: {}: {}", result.name, for_display(warning));
    if (result.status != outcome::done) {
      streams.report(named_error(result));
      continue;
    }
    ++done;
    bytes += result.operation == "restore" ? result.bytes_read : result.bytes_written;
    if (names)
      streams.out("{}", printed_name(result, display));
    if (!quiet)
      streams.remark("{}", done_line(result));
  }
  if (!quiet && batch.results.empty())
    streams.remark("No container is meant by that: there was nothing to do");
  if (!quiet && batch.results.size() > 1)
    streams.remark("{} of {} containers in {}, {}", done, batch.results.size(),
                   human_duration(batch.total_microseconds), human_size(bytes));
}

template <class Request>
exit_code run_and_show(session& s, Request request, const std::string& operation,
                       const batch_display& display) {
  const auto batch = await_batch(s, std::move(request), display.quiet || s.options().quiet);
  if (!batch)
    return fail_with(s, batch.error(), display.format);
  show_results(s, *batch, display);
  if (display.print_stats)
    s.streams().out("{}", statistics_document(operation, *batch).dump(statistics_indent));
  else if (display.format == "json")
    s.streams().out("{}", dump_json(batch_document(operation, *batch)));
  if (!display.trace.empty())
    if (auto written =
            write_file(display.trace, dump_json(trace_document(*batch)), trace_file_mode);
        !written) {
      s.streams().report(written.error());
      return std::max(judge(batch->results), exit_code::some_failed);
    }
  return judge(batch->results);
}

/// Time that the OCI runtime took: the stages in which it works.
uint64_t runtime_microseconds(const operation_result& result) {
  uint64_t sum = 0;
  for (const auto& stage : result.stages)
    if (stage.name == "dump" || stage.name == "resume")
      sum += stage.microseconds;
  return sum;
}

json criu_document(const std::string& operation, const criu_statistics& criu) {
  json out = json::object();
  const auto add = [&out](const char* key, uint64_t value) {
    if (value != 0)
      out[key] = value;
  };
  if (operation == "checkpoint") {
    add("freezing_time", criu.freezing_time);
    add("frozen_time", criu.frozen_time);
    add("memdump_time", criu.memdump_time);
    add("memwrite_time", criu.memwrite_time);
    add("pages_scanned", criu.pages_scanned);
    add("pages_written", criu.pages_written);
    return out;
  }
  add("pages_compared", criu.pages_compared);
  add("pages_skipped_cow", criu.pages_skipped_cow);
  add("forking_time", criu.forking_time);
  add("restore_time", criu.restore_time);
  add("pages_restored", criu.pages_restored);
  return out;
}

} // namespace

exit_code run_batch(session& s, checkpoint_containers request, const batch_display& display) {
  return run_and_show(s, std::move(request), "checkpoint", display);
}

exit_code run_batch(session& s, restore_containers request, const batch_display& display) {
  return run_and_show(s, std::move(request), "restore", display);
}

json batch_document(const std::string& operation, const batch_result& batch) {
  json results = json::array();
  for (const auto& result : batch.results)
    results.push_back(to_json(result));
  const auto done = std::ranges::count(batch.results, outcome::done, &operation_result::status);
  return {{"operation", operation},
          {"total_ms", static_cast<double>(batch.total_microseconds) / 1000},
          {"done", done},
          {"failed", static_cast<int64_t>(batch.results.size()) - done},
          {"results", std::move(results)}};
}

json statistics_document(const std::string& operation, const batch_result& batch) {
  json containers = nullptr;
  for (const auto& result : batch.results)
    if (result.status == outcome::done)
      containers.push_back({{"Id", result.id},
                            {"RawInput", result.input},
                            {"runtime_" + operation + "_duration", runtime_microseconds(result)},
                            {"criu_statistics", criu_document(operation, result.criu)}});
  return {{"podman_" + operation + "_duration", batch.total_microseconds},
          {"container_statistics", std::move(containers)}};
}

std::string done_line(const operation_result& result) {
  auto line = fmt::format("{}: done in {}", for_display(result.name),
                          human_duration(result.total_microseconds));
  if (result.operation == "restore") {
    if (!result.archive.empty())
      line += fmt::format(", {} restored from {}", human_size(result.bytes_read),
                          for_display(result.archive));
    return line;
  }
  if (result.frozen_microseconds > 0)
    line += fmt::format(", frozen {}", human_duration(result.frozen_microseconds));
  if (!result.archive.empty())
    line += fmt::format(", {} written to {}", human_size(result.bytes_written),
                        for_display(result.archive));
  return line;
}

expected<std::string> latest_container(session& s, source_scope source) {
  query request;
  request.source = source;
  request.kind = query_kind::containers;
  const auto list = s.ask_document(std::move(request), "containers");
  if (!list)
    return tl::unexpected{list.error()};
  const json* latest = nullptr;
  std::optional<time_point> latest_time;
  for (const auto& container : *list) {
    const auto created = known_time(text_of(container, "Created"));
    if (!latest || (created && (!latest_time || *created >= *latest_time))) {
      latest = &container;
      latest_time = created;
    }
  }
  if (!latest)
    return fail(error_code::no_such_container, "--latest", "there is no container");
  return text_of(*latest, "Id");
}

void add_expedite(CLI::App& app, bool& expedite) {
  app.add_flag("--expedite", expedite,
               "Have the kernel hurry with what CRIU waits for (rcu_expedited), at the price of "
               "interrupting all cores; as before afterwards");
}

void add_display_options(CLI::App& app, batch_display& display) {
  app.add_flag("--print-stats", display.print_stats,
               "Print statistics as JSON instead of names (Podman's document)");
  app.add_flag("-q,--quiet", display.quiet, "No progress and no remarks, only results and errors");
  add_format(app, display.format);
  app.add_option("--trace", display.trace,
                 "Write where the time went, for chrome://tracing or ui.perfetto.dev")
      ->type_name("FILE");
}

} // namespace floe
