#include "io/container/runc_runtime.hpp"

#include "io/container/dump_standstill.hpp"
#include "io/container/failure_advice.hpp"
#include "io/container/runtime_message.hpp"
#include "io/posix/file_tree.hpp"
#include "io/posix/process.hpp"
#include "model/json_reader.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>

namespace floe {

namespace {

// Generous for a busy host; a runtime that needs longer hangs.
constexpr std::chrono::seconds command_limit{120};
// What CRIU needs to let a half-dumped process tree go: it stops by itself when its runtime is
// gone.
constexpr std::chrono::seconds checkpoint_grace{30};
constexpr size_t criu_log_line_max = 4096;

std::string short_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::vector<std::string> global_options(const runtime_placement& placement,
                                        const std::string& log_path) {
  std::vector<std::string> options;
  if (!placement.state_root.empty())
    options = {"--root", placement.state_root};
  if (placement.systemd_cgroup)
    options.push_back("--systemd-cgroup");
  options.insert(options.end(), {"--log", log_path, "--log-format", "json"});
  return options;
}

class runc_runtime final : public oci_runtime {
 public:
  runc_runtime(std::string path, runtime_placement placement, criu_program criu)
      : name_{short_name(path)}, path_{std::move(path)},
        placement_{std::move(placement)}, criu_{std::move(criu)} {}

  const std::string& name() const override { return name_; }
  const std::string& path() const override { return path_; }

  expected<void> start(const std::string& id) override { return command(id, {"start", id}); }

  expected<void> kill(const std::string& id, int signal, bool all) override {
    auto number = std::to_string(signal);
    return all ? command(id, {"kill", "--all", id, number}) : command(id, {"kill", id, number});
  }

  expected<void> remove(const std::string& id, bool force) override {
    return force ? command(id, {"delete", "--force", id}) : command(id, {"delete", id});
  }

  expected<void> pause(const std::string& id) override { return command(id, {"pause", id}); }
  expected<void> resume(const std::string& id) override { return command(id, {"resume", id}); }

  expected<runtime_state> state(const std::string& id) override;
  expected<void> checkpoint(const dump_request& request, std::chrono::milliseconds limit,
                            const std::stop_token& stop) override;
  expected<void> supports_checkpoint() override;

  std::vector<std::string> exec_command(const std::string& id, bool interactive, bool terminal,
                                        const std::string& user,
                                        const std::string& working_directory,
                                        const std::vector<std::string>& environment,
                                        const std::vector<std::string>& command) const override;

 private:
  expected<void> dump_once(const dump_request& dump, const std::string& configuration_path,
                           std::chrono::milliseconds limit, const std::stop_token& stop) const;

  process_request request(std::vector<std::string> verb) const {
    process_request made;
    made.arguments = {path_};
    for (auto& option : global_options(placement_, "/dev/null"))
      made.arguments.push_back(std::move(option));
    // runc looks for `criu` in PATH; another name has to be said.
    if (!criu_.path.empty() && short_name(criu_.path) != "criu" && name_ == "runc") {
      made.arguments.push_back("--criu");
      made.arguments.push_back(criu_.path);
    }
    for (auto& argument : verb)
      made.arguments.push_back(std::move(argument));
    made.environment = runtime_environment(criu_.path);
    return made;
  }

  expected<process_result> run(const std::string& id, std::vector<std::string> verb) const {
    process_limits limits;
    limits.time = command_limit;
    auto subject = name_ + " " + verb.front() + " " + id;
    auto result = run_process(request(std::move(verb)), limits);
    if (!result)
      return result;
    if (result->end == process_end::timed_out)
      return fail(error_code::timed_out, std::move(subject),
                  "it did not end within " + std::to_string(command_limit.count()) + " s");
    if (!result->succeeded())
      return tl::unexpected{failure(std::move(subject), *result)};
    return result;
  }

  static error failure(std::string subject, const process_result& result) {
    auto message = runtime_message(result.errors);
    auto code = error_code::runtime_failed;
    if (message.find("container does not exist") != std::string::npos ||
        (message.starts_with("error opening file") && message.find("/status") != message.npos))
      code = error_code::no_such_container;
    else if (message.find("not running") != std::string::npos ||
             message.find("process already finished") != std::string::npos)
      code = error_code::wrong_state;
    if (message.empty())
      message = describe_end(result);
    return runtime_error(std::move(subject), message, code);
  }

  expected<void> command(const std::string& id, std::vector<std::string> verb) const {
    auto result = run(id, std::move(verb));
    if (!result)
      return tl::unexpected{result.error()};
    return {};
  }

  std::string name_;
  std::string path_;
  runtime_placement placement_;
  criu_program criu_;
  std::mutex support_mutex_;
  std::optional<bool> supports_checkpoint_; ///< guarded by support_mutex_
};

expected<runtime_state> runc_runtime::state(const std::string& id) {
  auto result = run(id, {"state", id});
  if (!result)
    return tl::unexpected{result.error()};
  auto subject = "the state of container " + id;
  auto document = parse_json(result->output, subject);
  if (!document)
    return tl::unexpected{document.error()};
  json_reader reader{*document, subject};
  runtime_state state;
  reader.read("status", state.status);
  reader.read("pid", state.pid);
  if (auto problem = reader.finish(); !problem)
    return tl::unexpected{problem.error()};
  return state;
}

std::vector<std::string> dump_arguments(const dump_request& dump) {
  std::vector<std::string> verb{"checkpoint", "--image-path", dump.image_path, "--work-path",
                                dump.work_path};
  if (dump.leave_running)
    verb.push_back("--leave-running");
  if (dump.tcp_established)
    verb.push_back("--tcp-established");
  if (dump.file_locks)
    verb.push_back("--file-locks");
  if (dump.pre_dump)
    verb.push_back("--pre-dump");
  if (!dump.parent_path.empty()) {
    verb.push_back("--parent-path");
    verb.push_back(dump.parent_path);
  }
  verb.push_back(dump.id);
  return verb;
}

/// Too full for a log that says so.
bool is_full(const std::string& directory) {
  constexpr uintmax_t least = 64 << 10;
  std::error_code unknown;
  const auto space = std::filesystem::space(directory, unknown);
  return !unknown && space.available < least;
}

tl::unexpected<error> dump_failure(const dump_request& dump, const process_result& result,
                                   std::chrono::milliseconds limit) {
  auto subject = "container " + dump.id;
  if (result.end == process_end::stopped)
    return fail(error_code::cancelled, subject, "its dump was cancelled");
  if (result.end == process_end::timed_out)
    return fail(error_code::timed_out, subject,
                "its dump took longer than " + std::to_string(limit.count()) + " ms");
  auto log_path = dump.work_path + "/dump.log";
  auto message = runtime_message(result.errors);
  auto cause = runtime_error(subject, message.empty() ? describe_end(result) : message).cause;
  if (is_full(dump.work_path))
    return fail(error_code::no_space, subject, "the file system of " + dump.work_path + " is full",
                "make room there: CRIU writes the memory of the container to it");
  const auto line = first_criu_error(log_path);
  if (!line.empty())
    cause = "CRIU: " + line + " (" + cause + ")";
  return fail(error_code::dump_failed, subject, std::move(cause),
              advice_with_log(advice_on_failure(line), log_path));
}

expected<void> runc_runtime::checkpoint(const dump_request& dump, std::chrono::milliseconds limit,
                                        const std::stop_token& stop) {
  const bool skips_lock = criu_.version >= criu_version_network_lock_skip;
  dump_standstill standstill{dump, skips_lock, stop};
  auto dumped = standstill.await_criu().and_then(
      [&] { return dump_once(dump, standstill.configuration_path(), limit, stop); });
  auto stood_still = standstill.end();
  if (!stood_still)
    return tl::unexpected{std::move(stood_still.error())};
  if (!dumped || *stood_still)
    return dumped;
  // A runtime that does not hand on its environment: what was dumped may have run meanwhile.
  dump_standstill now{dump, skips_lock, stop};
  return remove_tree(dump.image_path).and_then([&] { return now.begin_at_once(); }).and_then([&] {
    return dump_once(dump, now.configuration_path(), limit, stop);
  });
}

expected<void> runc_runtime::dump_once(const dump_request& dump,
                                       const std::string& configuration_path,
                                       std::chrono::milliseconds limit,
                                       const std::stop_token& stop) const {
  auto asked = request(dump_arguments(dump));
  // Whoever recovers finds the runtime by this descriptor from its first moment on, and CRIU by its
  // own of the same file (io/checkpoint/undo_checkpoint).
  const unique_fd log{::open((dump.work_path + "/dump.log").c_str(), O_RDONLY | O_CLOEXEC)};
  if (log)
    asked.input = process_stream::descriptor(log.get());
  if (!configuration_path.empty())
    asked.environment->push_back("CRIU_CONFIG_FILE=" + configuration_path);
  process_limits limits;
  limits.time = limit;
  limits.grace = checkpoint_grace;
  // A CRIU that is killed can leave processes frozen or dead. It stops in order when the runtime
  // that waits for it is gone, so it is given the time for that.
  limits.await_descendants = true;
  auto result = run_process(asked, limits, stop);
  if (!result)
    return tl::unexpected{result.error()};
  if (result->succeeded())
    return {};
  return dump_failure(dump, *result, limit);
}

expected<void> runc_runtime::supports_checkpoint() {
  std::lock_guard guard{support_mutex_};
  if (!supports_checkpoint_) {
    process_limits limits;
    limits.time = command_limit;
    auto asked = request({"checkpoint", "--help"});
    asked.output = process_stream::null();
    auto result = run_process(asked, limits);
    if (!result)
      return tl::unexpected{result.error()};
    supports_checkpoint_ = result->succeeded();
  }
  if (!*supports_checkpoint_)
    return fail(error_code::runtime_unsupported, "runtime " + path_,
                "it does not support checkpoint/restore", "use runc, or a crun built with CRIU");
  return {};
}

std::vector<std::string> runc_runtime::exec_command(const std::string& id, bool, bool terminal,
                                                    const std::string& user,
                                                    const std::string& working_directory,
                                                    const std::vector<std::string>& environment,
                                                    const std::vector<std::string>& command) const {
  // Standard input is always connected; whether somebody types there is the caller's affair.
  std::vector<std::string> arguments{path_};
  if (!placement_.state_root.empty())
    arguments.insert(arguments.end(), {"--root", placement_.state_root});
  arguments.push_back("exec");
  if (terminal)
    arguments.push_back("--tty");
  if (!user.empty())
    arguments.insert(arguments.end(), {"--user", user});
  if (!working_directory.empty())
    arguments.insert(arguments.end(), {"--cwd", working_directory});
  for (const auto& variable : environment)
    arguments.insert(arguments.end(), {"--env", variable});
  arguments.push_back(id);
  arguments.insert(arguments.end(), command.begin(), command.end());
  return arguments;
}

} // namespace

expected<std::unique_ptr<oci_runtime>> make_runc_runtime(const std::string& name_or_path,
                                                         const host_settings& settings,
                                                         const criu_program& criu) {
  auto path = find_program(name_or_path, program_search_path());
  if (path.empty())
    return fail(error_code::runtime_missing, "runtime " + name_or_path, "it is not installed",
                "install it, or choose another one with --runtime");
  auto state = runtime_state_directory(settings, short_name(path));
  if (auto made = make_directories(state); !made)
    return tl::unexpected{made.error()};
  return make_placed_runtime(path, {state, false}, criu);
}

std::unique_ptr<oci_runtime> make_placed_runtime(std::string path, runtime_placement placement,
                                                 criu_program criu) {
  return std::make_unique<runc_runtime>(std::move(path), std::move(placement), std::move(criu));
}

std::vector<std::string> runtime_environment(const std::string& criu_path) {
  auto search_path = program_search_path();
  if (auto slash = criu_path.rfind('/'); slash != std::string::npos)
    search_path = criu_path.substr(0, slash) + ":" + search_path;
  std::vector<std::string> environment{"PATH=" + search_path};
  // HOME is where CRIU looks for its configuration; CRIU_FAULT makes it fail in tests.
  for (const auto* name : {"HOME", "CRIU_FAULT"})
    if (const auto* value = std::getenv(name))
      environment.push_back(std::string{name} + "=" + value);
  return environment;
}

std::vector<std::string> runtime_global_options(const oci_runtime& runtime,
                                                const host_settings& settings,
                                                const std::string& log_path) {
  return global_options({runtime_state_directory(settings, runtime.name()), false}, log_path);
}

std::string first_criu_error(const std::string& log_path) {
  std::ifstream log{log_path};
  for (std::string line; std::getline(log, line);) {
    // `(00.012345) Error (criu/sockets.c:123): sockets: …`
    auto begin = line.find("Error (");
    if (begin > 64) // also if it is not there
      continue;
    auto text = line.find("): ", begin);
    // It says so wherever CAP_SYS_RESOURCE is missing, and goes on.
    const bool is_harmless = line.find("Can't setup RLIMIT_NOFILE for self") != std::string::npos;
    if (text != std::string::npos && !is_harmless)
      return line.substr(text + 3, criu_log_line_max);
  }
  return {};
}

} // namespace floe
