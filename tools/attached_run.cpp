#include "tools/attached_run.hpp"

#include "io/posix/file_tree.hpp"
#include "io/posix/process_watch.hpp"
#include "tools/command.hpp"
#include "tools/file_watch.hpp"
#include "tools/interrupt_watch.hpp"
#include "tools/log_reader.hpp"
#include "tools/output.hpp"

#include <charconv>
#include <mutex>
#include <utility>

namespace floe {

namespace {

constexpr size_t exit_file_bytes_max = 16;

std::optional<int> exit_code_in(const std::string& path) {
  const auto text = read_small_file(path, exit_file_bytes_max);
  if (!text)
    return std::nullopt;
  int code = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), code);
  if (problem != std::errc{})
    return std::nullopt;
  return code;
}

container_command command_for(const std::string& id, container_verb verb) {
  container_command command;
  command.name = id;
  command.verb = verb;
  return command;
}

/// Sends our own signals to the container, the last one also if it came before the start.
class signal_forwarder {
 public:
  explicit signal_forwarder(session& s) : session_{s} {}

  void forward(int signal) {
    const std::lock_guard held{mutex_};
    waiting_ = signal;
    pass_on();
  }

  void arm(std::string id) {
    const std::lock_guard held{mutex_};
    id_ = std::move(id);
    pass_on();
  }

  void disarm() {
    const std::lock_guard held{mutex_};
    id_.clear();
  }

 private:
  void pass_on() {
    if (id_.empty() || waiting_ == 0)
      return;
    auto command = command_for(id_, container_verb::kill);
    command.signal = std::exchange(waiting_, 0);
    // It may have ended by itself at this moment.
    (void)session_.ask<container_done>(command, "container " + id_);
  }

  session& session_;
  std::mutex mutex_;
  std::string id_;
  int waiting_ = 0;
};

/// Everything that is needed to see a container's output and end, prepared before it starts.
struct follower {
  log_reader log;
  std::string exit_file;
  file_watch watch;
};

expected<follower> prepare(session& s, const std::string& id) {
  query request;
  request.kind = query_kind::container_log;
  request.name = id;
  const auto log = s.ask_document(std::move(request), "container " + id);
  if (!log)
    return tl::unexpected{log.error()};
  auto watch = file_watch::make();
  if (!watch)
    return tl::unexpected{watch.error()};
  const auto path = text_of(*log, "path");
  const auto exits = exit_directory(s.options().host);
  for (const auto& directory : {path.substr(0, path.rfind('/')), exits}) {
    auto watched = make_directories(directory).and_then([&] { return watch->add(directory); });
    if (!watched)
      return tl::unexpected{watched.error()};
  }
  return follower{log_reader{path}, exits + "/" + id, std::move(*watch)};
}

unique_fd monitor_of(session& s, const std::string& id) {
  query request;
  request.kind = query_kind::container;
  request.name = id;
  const auto document = s.ask_document(std::move(request), "container " + id);
  if (!document || !document->contains("State"))
    return {};
  const auto pid = number_of(document->at("State"), "ConmonPid");
  return pid > 0 ? open_pidfd(static_cast<pid_t>(pid)) : unique_fd{};
}

/// The monitor writes the log, then the exit code, then starts what may remove the container.
std::optional<int> follow(const session& s, follower& what, const unique_fd& monitor) {
  const auto print = [&](const log_line& line) { print_log_line(s.streams(), line, false); };
  while (true) {
    const auto code = exit_code_in(what.exit_file);
    if (auto shown = what.log.read_available(print); !shown)
      s.streams().report(shown.error());
    if (code)
      return code;
    if (!what.watch.wait(monitor ? monitor.get() : -1)) {
      const auto last = exit_code_in(what.exit_file);
      if (auto shown = what.log.read_available(print); !shown)
        s.streams().report(shown.error());
      return last;
    }
  }
}

} // namespace

expected<container_done> start_created(session& s, const container_done& made, bool auto_remove) {
  auto started =
      s.ask<container_done>(command_for(made.id, container_verb::start), "container " + made.name);
  if (!started && auto_remove) {
    auto command = command_for(made.id, container_verb::remove);
    command.force = command.volumes = command.ignore_missing = true;
    // The reason why it did not start matters more than one why it cannot be removed.
    (void)s.ask<container_done>(command, "container " + made.name);
  }
  return started;
}

expected<container_done> create_and_warn(session& s, const create_options& options) {
  auto made = s.ask<container_done>(create_container{options},
                                    options.name.empty() ? std::string{"the new container"}
                                                         : "container " + options.name);
  if (made)
    for (const auto& warning : made->warnings)
      s.streams().remark("Warning: {}", for_display(warning));
  return made;
}

int run_attached(session& s, const create_options& options, const std::string& format) {
  signal_forwarder forwarder{s};
  const interrupt_watch interrupts{[&](int signal) { forwarder.forward(signal); }};
  const auto fail_run = [&](const error& what) {
    return static_cast<int>(fail_with(s, what, format));
  };
  const auto made = create_and_warn(s, options);
  if (!made)
    return fail_run(made.error());
  auto prepared = prepare(s, made->id);
  if (!prepared)
    return fail_run(prepared.error());
  if (auto started = start_created(s, *made, options.auto_remove); !started)
    return fail_run(started.error());
  forwarder.arm(made->id);
  const auto code = follow(s, *prepared, monitor_of(s, made->id));
  forwarder.disarm();
  if (code)
    return *code;
  return fail_run({error_code::lost, "container " + made->name,
                   "its monitor ended without telling an exit code", "look at floe logs"});
}

} // namespace floe
