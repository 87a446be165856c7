// `floe exec`: the runtime's own program runs in our place, so that the process in the container
// has this terminal, and its exit status is ours.
#include "io/container/exec_failure.hpp"
#include "io/posix/system_error.hpp"
#include "io/posix/unique_fd.hpp"
#include "tools/command_line.hpp"
#include "tools/foreground_process.hpp"
#include "tools/option_values.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>

namespace floe {

namespace {

constexpr size_t log_bytes_max = size_t{64} << 10;

struct exec_verb {
  prepare_exec request;
  CLI::App* app = nullptr;

  void declare(CLI::App& into) {
    app = &into;
    into.prefix_command();
    into.fallthrough(false);
    into.add_flag("-i,--interactive", request.interactive, "Pass stdin on");
    into.add_flag("-t,--tty", request.terminal, "Give it a terminal");
    into.add_option("-u,--user", request.user, "USER[:GROUP], by name or number");
    into.add_option("-w,--workdir", request.working_directory, "Working directory")
        ->type_name("DIR");
    add_list(into, "-e,--env", request.environment,
             "Environment variable NAME=VALUE, or NAME of ours");
  }

  exit_code run(session& s);
  expected<void> read_arguments();
};

expected<void> exec_verb::read_arguments() {
  auto arguments = trailing_arguments(*app);
  if (!arguments)
    return tl::unexpected{arguments.error()};
  if (arguments->empty())
    return usage("you must provide a container name or id");
  if (arguments->size() < 2)
    return usage("you must provide a command");
  request.name = arguments->front();
  request.command.assign(arguments->begin() + 1, arguments->end());
  auto environment = resolve_environment(request.environment);
  if (!environment)
    return tl::unexpected{environment.error()};
  request.environment = std::move(*environment);
  return {};
}

/// What the runtime writes to it can be read when it is gone, and no file is left. Nobody inherits
/// it: the runtime opens it by the path that names us.
class memory_log {
 public:
  memory_log() : file_{::memfd_create("floe exec", MFD_CLOEXEC)} {}

  bool is_open() const { return static_cast<bool>(file_); }
  std::string path() const { return fmt::format("/proc/{}/fd/{}", ::getpid(), file_.get()); }

  std::string text() const {
    std::string out(log_bytes_max, '\0');
    const auto length = ::pread(file_.get(), out.data(), out.size(), 0);
    out.resize(length > 0 ? static_cast<size_t>(length) : 0);
    return out;
  }

 private:
  unique_fd file_;
};

exit_code code_of(const session& s, const exec_failure& failure) {
  const auto own = fail_with(s, failure.why);
  switch (failure.what) {
  case exec_refusal::not_found:
    return exit_code::program_not_found;
  case exec_refusal::not_executable:
    return exit_code::program_not_executable;
  case exec_refusal::other:
    return own;
  }
  return own;
}

exit_code run_in_container(const session& s, const exec_command& prepared,
                           const prepare_exec& wanted) {
  const memory_log log;
  if (!log.is_open())
    return fail_with(s, system_failure(errno, "a log of the runtime", "create").value());
  process_request request;
  request.arguments = with_runtime_log(prepared.arguments, log.path());
  request.input = wanted.interactive ? process_stream::inherit() : process_stream::null();
  request.output = process_stream::inherit();
  request.errors = process_stream::inherit();
  const auto status = run_in_foreground(request);
  if (!status)
    return fail_with(s, status.error());
  // The program's own end is nothing that a runtime logs.
  if (*status != 0)
    if (const auto failure = exec_failure_in(log.text(), "container " + wanted.name))
      return code_of(s, *failure);
  return static_cast<exit_code>(*status);
}

exit_code exec_verb::run(session& s) {
  if (auto read = read_arguments(); !read)
    return fail_with(s, read.error());
  const auto prepared = s.ask<exec_command>(request, "container " + request.name);
  if (!prepared)
    return fail_with(s, prepared.error());
  if (prepared->arguments.empty())
    return fail_with(s, {error_code::internal, "container " + request.name,
                         "the engine named no program", "please report this"});
  s.close_engine();
  return run_in_container(s, *prepared, request);
}

} // namespace

void add_exec_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<exec_verb>(parent, chosen,
                      {"exec", "Run a command in a running container",
                       "floe exec web ls /data\n"
                       "floe exec -it web sh"});
}

} // namespace floe
