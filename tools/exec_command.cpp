// `floe exec`: becomes the runtime's own program, so that the process in the container has this
// terminal and this exit status.
#include "io/posix/process.hpp"
#include "io/posix/system_error.hpp"
#include "io/posix/unique_fd.hpp"
#include "tools/command_line.hpp"
#include "tools/option_values.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace floe {

namespace {

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

/// Replaces this process. Returns only if that is not possible.
error become(const std::vector<std::string>& arguments, bool with_stdin) {
  // What floe itself ignores, the program must not.
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_DFL);
  if (!with_stdin) {
    const unique_fd nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    if (nothing)
      ::dup2(nothing.get(), STDIN_FILENO);
  }
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (const auto& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str())); // NOLINT: execv's signature
  words.push_back(nullptr);
  const auto program = find_program(arguments.front(), program_search_path());
  if (!program.empty())
    ::execv(program.c_str(), words.data());
  return system_failure(program.empty() ? ENOENT : errno, arguments.front(), "execute",
                        error_code::runtime_missing)
      .value();
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
  return fail_with(s, become(prepared->arguments, request.interactive));
}

} // namespace

void add_exec_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<exec_verb>(parent, chosen,
                      {"exec", "Run a command in a running container",
                       "floe exec web ls /data\n"
                       "floe exec -it web sh"});
}

} // namespace floe
