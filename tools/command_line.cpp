#include "tools/command_line.hpp"

#include "tools/verb_tree.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <exception>

namespace floe {

namespace {

void add_global_options(CLI::App& app, global_options& globals) {
  auto& host = globals.host;
  app.option_defaults()->group("Options for all commands");
  app.add_option("--root", host.root, "Directory of containers, volumes and images")
      ->envname("FLOE_ROOT")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--runroot", host.run_root, "Directory of what does not survive a reboot")
      ->envname("FLOE_RUNROOT")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--runtime", host.runtime, "OCI runtime, by name or path")
      ->envname("FLOE_RUNTIME")
      ->type_name("PROGRAM")
      ->capture_default_str();
  app.add_option("--conmon", host.monitor, "Container monitor, by name or path")
      ->envname("FLOE_CONMON")
      ->type_name("PROGRAM")
      ->capture_default_str();
  app.add_option("--criu", host.criu,
                 "CRIU; without it /opt/floe/criu/bin/criu, then PATH are tried")
      ->envname("FLOE_CRIU")
      ->type_name("PROGRAM");
  app.add_option("--podman", host.podman.program, "Podman, whose containers are seen too")
      ->envname("FLOE_PODMAN")
      ->type_name("PROGRAM");
  app.add_option("--podman-root", host.podman.root,
                 "Root directory of Podman's storage; without it as Podman is configured")
      ->envname("FLOE_PODMAN_ROOT")
      ->type_name("DIR");
  app.add_option("--podman-runroot", host.podman.run_root,
                 "Run directory of Podman's storage; without it as Podman is configured")
      ->envname("FLOE_PODMAN_RUNROOT")
      ->type_name("DIR");
  app.add_option("--log-level", globals.log_level, "What is logged to stderr")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
      ->type_name("LEVEL")
      ->capture_default_str();
  app.add_flag("--quiet", globals.quiet, "No progress and no remarks, only results and errors");
}

/// What Podman calls `podman container …`.
void add_container_group(CLI::App& root, chosen_verb& chosen) {
  auto& group = add_subcommand(
      root, {"container", "Manage containers (the same commands as without this word)", ""});
  group.require_subcommand(1);
  add_checkpoint_verb(group, chosen);
  add_restore_verb(group, chosen);
  add_create_verbs(group, chosen);
  add_lifecycle_verbs(group, chosen);
  add_ps_verb(group, chosen, "ps");
  add_ps_verb(group, chosen, "ls");
  add_ps_verb(group, chosen, "list");
  add_container_inspect_verb(group, chosen);
  add_logs_verb(group, chosen);
  add_exec_verb(group, chosen);
  add_cleanup_verb(group, chosen);
}

/// The parser takes the next argument for the value of `--export=`; Podman takes nothing. Behind
/// run, create and exec the arguments may be those of another program.
std::vector<std::string> split_empty_values(const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  bool ours = true;
  for (const auto& argument : arguments) {
    ours =
        ours && argument != "--" && argument != "run" && argument != "create" && argument != "exec";
    if (ours && argument.starts_with("--") && argument.find('=') == argument.size() - 1) {
      out.push_back(argument.substr(0, argument.size() - 1));
      out.emplace_back();
    } else {
      out.push_back(argument);
    }
  }
  return out;
}

void log_to_stderr(const std::string& level) {
  auto logger =
      std::make_shared<spdlog::logger>("floe", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

/// Help as the manual has it: the whole name of a verb and all that stands behind it.
class help_formatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string) const override {
    return "Usage: " + full_name(*app, " ") + " " + synopsis(*app) + "\n";
  }
};

/// `floe help VERB` and `floe version` are `floe VERB --help` and `floe --version`.
std::vector<std::string> with_flags_for_words(std::vector<std::string> arguments) {
  if (arguments.empty())
    return arguments;
  if (arguments.front() == "version")
    arguments.front() = "--version";
  if (arguments.front() == "help") {
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }
  return arguments;
}

/// Whether programs read the answer, as far as can be told of arguments that make no sense.
bool asks_for_json(const std::vector<std::string>& arguments) {
  const auto format = std::ranges::find(arguments, "--format");
  return std::ranges::find(arguments, "--format=json") != arguments.end() ||
         (format != arguments.end() && format + 1 != arguments.end() && format[1] == "json");
}

/// The library counts a value from the environment as one that was given.
bool is_from_command_line(const CLI::Option& option) {
  const char* from_environment = std::getenv(option.get_envname().c_str());
  return option.count() > 0 &&
         (from_environment == nullptr || option.results().back() != from_environment);
}

/// The words of the command line library, in Podman's where those are better known.
std::string words_of(const CLI::ParseError& problem) {
  std::string text = problem.what();
  const std::string unexpected_one = "The following argument was not expected: ";
  const std::string unexpected_many = "The following arguments were not expected: ";
  for (const auto& prefix : {unexpected_one, unexpected_many})
    if (text.starts_with(prefix)) {
      const auto what = text.substr(prefix.size());
      return (what.starts_with('-') ? "unknown flag: " : "unexpected argument: ") + what;
    }
  return text;
}

} // namespace

command_line::command_line()
    : app_{"floe checkpoints, archives and restores many containers at once", "floe"} {
  app_.formatter(std::make_shared<help_formatter>());
  app_.set_help_flag("-h,--help", "Show this help");
  app_.set_version_flag("-v,--version", std::string{"floe version "} + FLOE_VERSION,
                        "Show the version");
  app_.require_subcommand(1);
  app_.footer("Examples:\n"
              "  floe checkpoint --all --export-dir /backup\n"
              "  floe restore /backup/*.tar.zst\n"
              "  floe COMMAND --help");
  add_global_options(app_, globals_);
  add_checkpoint_verb(app_, chosen_);
  add_restore_verb(app_, chosen_);
  add_show_verb(app_, chosen_);
  add_verify_verb(app_, chosen_);
  add_doctor_verb(app_, chosen_);
  add_create_verbs(app_, chosen_);
  add_lifecycle_verbs(app_, chosen_);
  add_ps_verb(app_, chosen_, "ps");
  add_inspect_verb(app_, chosen_);
  add_logs_verb(app_, chosen_);
  add_exec_verb(app_, chosen_);
  add_container_group(app_, chosen_);
  add_volume_verbs(app_, chosen_);
  add_image_verbs(app_, chosen_);
  add_pod_verbs(app_, chosen_);
  add_guard_verb(app_, chosen_);
  add_loopback_hook_verb(app_, chosen_);
  add_documentation_verbs(app_, chosen_, app_);
}

int command_line::explain(const CLI::ParseError& problem, bool as_json,
                          const console& streams) const {
  const CLI::App* verb = &app_;
  std::string called = app_.get_name();
  for (auto deeper = verb->get_subcommands(); !deeper.empty(); deeper = verb->get_subcommands()) {
    verb = deeper.front();
    called += " " + verb->get_name();
  }
  if (problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    const bool is_version = dynamic_cast<const CLI::CallForVersion*>(&problem) != nullptr;
    streams.write_out(is_version ? std::string{problem.what()} + "\n" : app_.help());
    return static_cast<int>(exit_code::done);
  }
  const auto unknown =
      verb->get_subcommands({}).empty() ? std::vector<std::string>{} : verb->remaining();
  const auto cause = !unknown.empty() && !unknown.front().starts_with('-')
                         ? fmt::format("there is no command \"{} {}\"", called, unknown.front())
                         : words_of(problem);
  streams.remark("Error: {}", for_display(cause));
  streams.remark("See '{} --help'", called);
  if (as_json)
    streams.out("{}", dump_json({{"error", to_json(error{error_code::usage, called, cause,
                                                         "see " + called + " --help"})}}));
  return static_cast<int>(exit_code::usage);
}

int command_line::run(std::vector<std::string> arguments, const console& streams,
                      const engine_starter& starter, const std::string& program) {
  const bool as_json = asks_for_json(arguments);
  try {
    arguments = with_flags_for_words(split_empty_values(arguments));
    std::reverse(arguments.begin(), arguments.end());
    app_.parse(std::move(arguments));
    log_to_stderr(globals_.log_level);
    globals_.host.floe = program;
    globals_.host.runtime_is_demanded = is_from_command_line(*app_.get_option("--runtime"));
    session s{globals_, streams, starter};
    return chosen_.run(s);
  } catch (const CLI::ParseError& problem) {
    return explain(problem, as_json, streams);
  } catch (const std::exception& problem) {
    streams.report({error_code::internal, "floe", problem.what(), "please report this"});
    return static_cast<int>(exit_code::nothing_done);
  }
}

} // namespace floe
