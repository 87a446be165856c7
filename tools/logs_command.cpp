// `floe logs`: what a container wrote, and with -f what it goes on to write.
#include "io/posix/process_watch.hpp"
#include "tools/command_line.hpp"
#include "tools/file_watch.hpp"
#include "tools/log_reader.hpp"
#include "tools/output.hpp"

#include <csignal>

namespace floe {

namespace {

struct logs_verb {
  std::vector<std::string> names;
  bool follow = false;
  bool timestamps = false;
  int64_t tail = -1;

  void declare(CLI::App& app) {
    add_arguments(app, "CONTAINER", names, "Name or id")->required()->expected(1);
    app.add_flag("-f,--follow", follow, "Go on until the container ends");
    app.add_flag("-t,--timestamps", timestamps, "Show when each line was written");
    app.add_option("--tail", tail, "Only the last lines")
        ->check(CLI::Range(int64_t{-1}, int64_t{1} << 40))
        ->type_name("N");
  }

  exit_code run(session& s);
  expected<void> show(session& s) const;
  expected<void> show_what_follows(session& s, log_reader& log, file_watch& watch) const;
};

expected<json> ask_for(session& s, query_kind kind, const std::string& name) {
  query request;
  request.kind = kind;
  request.name = name;
  return s.ask_document(std::move(request), "container " + name);
}

/// The process that writes the log while the container runs; empty when it does not.
expected<unique_fd> writer_of(session& s, const std::string& name) {
  const auto document = ask_for(s, query_kind::container, name);
  if (!document)
    return tl::unexpected{document.error()};
  const auto state = document->contains("State") ? document->at("State") : json::object();
  const auto status = text_of(state, "Status");
  const auto pid = number_of(state, "ConmonPid");
  if ((status != "running" && status != "paused") || pid <= 0)
    return unique_fd{};
  return open_pidfd(static_cast<pid_t>(pid));
}

expected<void> logs_verb::show_what_follows(session& s, log_reader& log, file_watch& watch) const {
  const auto writer = writer_of(s, names.front());
  if (!writer)
    return tl::unexpected{writer.error()};
  const auto print = [&](const log_line& line) { print_log_line(s.streams(), line, timestamps); };
  bool running = static_cast<bool>(*writer);
  while (true) {
    if (auto read = log.read_available(print); !read || !running)
      return read;
    running = watch.wait(writer->get());
  }
}

expected<void> logs_verb::show(session& s) const {
  const auto where = ask_for(s, query_kind::container_log, names.front());
  if (!where)
    return tl::unexpected{where.error()};
  const auto path = text_of(*where, "path");
  const auto driver = text_of(*where, "driver");
  if (path.empty() || (driver != "k8s-file" && driver != "json-file" && !driver.empty()))
    return fail(error_code::unsupported, "container " + names.front(),
                "its log driver is " + driver + ", which keeps no file that floe can read");
  auto watch = file_watch::make();
  if (!watch)
    return tl::unexpected{watch.error()};
  if (follow)
    if (auto added = watch->add(path.substr(0, path.rfind('/'))); !added)
      return added;
  log_reader log{path};
  std::vector<log_line> lines;
  const auto print = [&](const log_line& line) { print_log_line(s.streams(), line, timestamps); };
  const auto keep = [&](const log_line& line) { lines.push_back(line); };
  auto read = tail < 0 ? log.read_available(print) : log.read_available(keep);
  if (!read)
    return read;
  if (tail >= 0)
    for (const auto& line : last_lines(std::move(lines), static_cast<size_t>(tail)))
      print(line);
  return follow ? show_what_follows(s, log, *watch) : expected<void>{};
}

exit_code logs_verb::run(session& s) {
  // Nothing has to be undone here: a reader that goes away ends this, as it ends every filter.
  std::signal(SIGPIPE, SIG_DFL);
  if (auto shown = show(s); !shown)
    return fail_with(s, shown.error());
  return exit_code::done;
}

} // namespace

void add_logs_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<logs_verb>(parent, chosen,
                      {"logs", "Show what a container wrote",
                       "floe logs --tail 20 web\n"
                       "floe logs --follow --timestamps web"});
}

} // namespace floe
