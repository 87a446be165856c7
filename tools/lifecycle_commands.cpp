// start, stop, kill, rm, pause, unpause, and the hidden `container cleanup` that the monitor calls.
#include "model/signal_name.hpp"
#include "tools/batch_command.hpp"
#include "tools/command_line.hpp"
#include "tools/output.hpp"

#include <algorithm>

namespace floe {

namespace {

/// One verb in all its variants: what differs is which options it has and what --all means.
struct lifecycle_verb {
  container_command command;
  std::vector<std::string> names;
  std::string signal = "KILL";
  std::string format;
  int64_t timeout = -1;
  bool all = false;
  bool latest = false;
  bool ignore = false;

  explicit lifecycle_verb(container_verb verb) { command.verb = verb; }

  void declare(CLI::App& app);
  exit_code run(session& s);

  expected<void> check();
  expected<std::vector<std::string>> selected(session& s) const;
  bool covers(const std::string& state) const;
  exit_code show(const session& s, const std::vector<std::string>& inputs,
                 const std::vector<expected<container_done>>& answers) const;
};

void lifecycle_verb::declare(CLI::App& app) {
  add_arguments(app, "CONTAINER", names, "Names, ids or unambiguous beginnings of ids");
  // -a of start is taken by Podman for another meaning.
  app.add_flag(command.verb == container_verb::start ? "--all" : "-a,--all", all,
               "All containers for which that makes sense");
  app.add_flag("-l,--latest", latest, "The container that was created last");
  if (command.verb == container_verb::kill)
    app.add_option("-s,--signal", signal, "Signal by name or number")->capture_default_str();
  if (command.verb == container_verb::stop || command.verb == container_verb::remove)
    app.add_flag("-i,--ignore", ignore, "A container that is not there is no error");
  if (command.verb == container_verb::stop)
    app.add_option("-t,--time", timeout, "Seconds until it is killed")
        ->check(CLI::Range(0, 1'000'000))
        ->type_name("SECONDS");
  if (command.verb == container_verb::remove) {
    app.add_flag("-f,--force", command.force,
                 "Kill it first if it runs; one that is not there is no error");
    app.add_flag("-v,--volumes", command.volumes, "Remove its anonymous volumes too");
  }
  add_format(app, format);
}

expected<void> lifecycle_verb::check() {
  if (all && latest)
    return usage("--all and --latest cannot be used together");
  if (all && !names.empty())
    return usage("no arguments are needed with --all");
  if (latest && !names.empty())
    return usage("--latest and containers cannot be used together");
  if (!all && !latest && names.empty())
    return usage("you must provide at least one name or id");
  const auto number = signal_from_string(signal);
  if (!number)
    return fail(error_code::usage, "--signal", "\"" + signal + "\" is no signal");
  command.signal = static_cast<int32_t>(*number);
  command.use_timeout = timeout >= 0;
  if (command.use_timeout)
    command.timeout_seconds = static_cast<uint32_t>(timeout);
  // As with Podman: force asks that it be gone, and it is.
  ignore = ignore || command.force;
  command.ignore_missing = ignore;
  return {};
}

/// Which containers --all means, by their state.
bool lifecycle_verb::covers(const std::string& state) const {
  switch (command.verb) {
  case container_verb::start:
    return state == "created" || state == "exited" || state == "stopped" || state == "initialized";
  case container_verb::stop:
    return state == "running" || state == "paused";
  case container_verb::kill:
  case container_verb::pause:
    return state == "running";
  case container_verb::unpause:
    return state == "paused";
  default:
    return true;
  }
}

expected<std::vector<std::string>> lifecycle_verb::selected(session& s) const {
  if (latest) {
    auto id = latest_container(s);
    if (!id)
      return tl::unexpected{id.error()};
    return std::vector{*id};
  }
  if (!all)
    return names;
  const auto list = s.ask_document({}, "containers");
  if (!list)
    return tl::unexpected{list.error()};
  std::vector<std::string> ids;
  for (const auto& container : *list)
    if (covers(text_of(container, "State")))
      ids.push_back(text_of(container, "Id"));
  return ids;
}

exit_code lifecycle_verb::show(const session& s, const std::vector<std::string>& inputs,
                               const std::vector<expected<container_done>>& answers) const {
  std::vector<error> errors;
  json results = json::array();
  for (size_t i = 0; i < answers.size(); ++i) {
    const auto& answer = answers[i];
    if (!answer && ignore && answer.error().code == error_code::no_such_container)
      continue;
    json result = {{"input", inputs[i]}, {"id", ""}, {"name", ""}, {"error", nullptr}};
    if (!answer) {
      s.streams().report(answer.error());
      errors.push_back(answer.error());
      result["error"] = to_json(answer.error());
    } else {
      for (const auto& warning : answer->warnings)
        s.streams().remark("Warning: {}: {}", for_display(answer->name), for_display(warning));
      result["id"] = answer->id;
      result["name"] = answer->name;
      if (format != "json" && !answer->id.empty())
        s.streams().out("{}", inputs[i]);
    }
    results.push_back(std::move(result));
  }
  if (format == "json")
    s.streams().out(
        "{}", dump_json({{"operation", to_string(command.verb)}, {"results", std::move(results)}}));
  return judge(answers.size() - errors.size(), errors);
}

exit_code lifecycle_verb::run(session& s) {
  if (auto checked = check(); !checked)
    return fail_with(s, checked.error(), format);
  const auto inputs = selected(s);
  if (!inputs)
    return fail_with(s, inputs.error(), format);
  std::vector<container_command> commands;
  std::vector<std::string> subjects;
  for (const auto& input : *inputs) {
    commands.push_back(command);
    commands.back().name = input;
    subjects.push_back("container " + input);
  }
  if (auto link = s.engine(); !link)
    return fail_with(s, link.error(), format);
  return show(s, *inputs, s.ask_all<container_done>(commands, subjects));
}

/// `floe container cleanup ID`, which conmon starts when a container has ended.
struct cleanup_verb {
  std::vector<std::string> names;
  bool remove = false;

  void declare(CLI::App& app) {
    add_arguments(app, "CONTAINER", names, "Ids")->required();
    app.add_flag("--rm", remove, "Remove it afterwards");
  }

  exit_code run(session& s) {
    s.leave_interrupted_operations();
    std::vector<error> errors;
    for (const auto& name : names) {
      container_command command;
      command.name = name;
      command.verb = container_verb::cleanup;
      command.ignore_missing = true;
      auto answer = s.ask<container_done>(command, "container " + name);
      if (answer && remove) {
        command.verb = container_verb::remove;
        command.volumes = true;
        answer = s.ask<container_done>(command, "container " + name);
      }
      if (answer)
        continue;
      s.streams().report(answer.error());
      errors.push_back(answer.error());
    }
    return judge(names.size() - errors.size(), errors);
  }
};

} // namespace

void add_lifecycle_verbs(CLI::App& parent, chosen_verb& chosen) {
  const auto add = [&](container_verb verb, const verb_help& help) {
    add_verb<lifecycle_verb>(parent, chosen, help, lifecycle_verb{verb});
  };
  add(container_verb::start, {"start", "Start containers", "floe start web db"});
  add(container_verb::stop,
      {"stop", "Stop containers: their stop signal, then SIGKILL", "floe stop --time 30 web"});
  add(container_verb::kill, {"kill", "Send containers a signal", "floe kill --signal HUP web"});
  add(container_verb::remove, {"rm", "Remove containers", "floe rm --force web\nfloe rm --all"});
  add(container_verb::pause, {"pause", "Freeze containers", "floe pause web"});
  add(container_verb::unpause, {"unpause", "Let frozen containers go on", "floe unpause web"});
}

void add_cleanup_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<cleanup_verb>(parent, chosen, {"cleanup", "Clean up after a container ended", ""})
      .group("");
}

} // namespace floe
