#include "tools/attached_run.hpp"

#include "io/posix/file_tree.hpp"
#include "io/posix/process_watch.hpp"
#include "tools/command.hpp"
#include "tools/file_watch.hpp"
#include "tools/interrupt_watch.hpp"
#include "tools/log_reader.hpp"
#include "tools/output.hpp"

#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace floe {

namespace {

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

/// Shows what a container writes. Begins before the container does and keeps the log open: one with
/// --rm that ends at once may be gone with its files before its start is known.
class follower {
 public:
  follower(const console& streams, log_reader log, file_watch watch)
      : streams_{streams}, log_{std::move(log)}, watch_{std::move(watch)},
        thread_{[this](const std::stop_token& stop) { run(stop); }} {}

  /// Shows what is left and ends.
  void finish() {
    thread_.request_stop();
    thread_.join();
  }

 private:
  void run(const std::stop_token& stop) {
    const stop_event stopped{stop};
    do {
      look();
    } while (watch_.wait(stopped.fd()));
    look();
  }

  void look() {
    const auto shown = log_.read_available(
        [this](const log_line& line) { print_log_line(streams_, line, false); });
    if (!shown)
      streams_.report(shown.error());
  }

  const console& streams_;
  log_reader log_;
  file_watch watch_;
  std::jthread thread_; ///< last: it uses all of the above
};

expected<std::unique_ptr<follower>> follow(session& s, const std::string& id) {
  query request;
  request.kind = query_kind::container_log;
  request.name = id;
  const auto document = s.ask_document(std::move(request), "container " + id);
  if (!document)
    return tl::unexpected{document.error()};
  const auto path = text_of(*document, "path");
  const auto directory = path.substr(0, path.rfind('/'));
  auto watch = file_watch::make();
  if (!watch)
    return tl::unexpected{watch.error()};
  auto watched = make_directories(directory).and_then([&] { return watch->add(directory); });
  if (!watched)
    return tl::unexpected{watched.error()};
  log_reader log{path};
  if (auto created = log.create(); !created)
    return tl::unexpected{created.error()};
  return std::make_unique<follower>(s.streams(), std::move(log), std::move(*watch));
}

/// Waits until the container's monitor has ended, and with it what cleans up after the container.
void await_monitor(session& s, const std::string& id) {
  query request;
  request.kind = query_kind::container;
  request.name = id;
  const auto document = s.ask_document(std::move(request), "container " + id);
  if (!document || !document->contains("State"))
    return;
  const auto& state = document->at("State");
  const auto pid =
      flag_of(state, "Running") || flag_of(state, "Paused") ? number_of(state, "ConmonPid") : 0;
  if (const auto monitor = pid > 0 ? open_pidfd(static_cast<pid_t>(pid)) : unique_fd{})
    await_exit(monitor.get(), std::chrono::milliseconds::max());
}

/// The code of a container whose monitor has ended.
expected<int> exit_code_of(session& s, const container_done& ended) {
  query request;
  request.kind = query_kind::exit_code;
  request.name = ended.id;
  const auto document = s.ask_document(std::move(request), "container " + ended.name);
  if (!document)
    return tl::unexpected{document.error()};
  const auto code = number_of(*document, "ExitCode");
  if (code < 0)
    return fail(error_code::lost, "container " + ended.name,
                "its monitor ended without telling an exit code", "look at floe logs");
  return static_cast<int>(code);
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
  const auto output = follow(s, made->id);
  if (!output)
    return fail_run(output.error());
  if (auto started = start_created(s, *made, options.auto_remove); !started)
    return fail_run(started.error());
  forwarder.arm(made->id);
  await_monitor(s, made->id);
  forwarder.disarm();
  (*output)->finish();
  const auto code = exit_code_of(s, *made);
  return code ? *code : fail_run(code.error());
}

} // namespace floe
