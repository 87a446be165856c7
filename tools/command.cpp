#include "tools/command.hpp"

#include "tools/output.hpp"

namespace floe {

CLI::App& add_subcommand(CLI::App& parent, const verb_help& help) {
  auto& app = *parent.add_subcommand(help.name, help.summary);
  app.set_help_flag("-h,--help", "Show this help");
  app.option_defaults()->group("Options");
  app.fallthrough();
  app.footer(""); // not that of the parent
  if (*help.examples != '\0') {
    std::string footer = "Examples:\n";
    for (const auto& line : lines_of(help.examples))
      footer += "  " + line + "\n";
    footer.pop_back();
    app.footer(footer);
  }
  return app;
}

CLI::Option* add_list(CLI::App& app, const std::string& names, std::vector<std::string>& values,
                      const std::string& description) {
  return app.add_option(names, values, description)->allow_extra_args(false)->type_name("VALUE");
}

CLI::Option* add_arguments(CLI::App& app, const std::string& kind, std::vector<std::string>& values,
                           const std::string& description) {
  return app.add_option(kind, values, description)->type_name("");
}

CLI::Option* add_source(CLI::App& app, source_scope& scope) {
  const auto read = [&scope](const std::string& text) {
    const auto known = source_scope_from_string(text);
    if (!known)
      throw CLI::ValidationError("--source",
                                 "\"" + text + "\" is no source; use native, podman or all");
    scope = *known;
  };
  return app
      .add_option_function<std::string>("--source", read,
                                        "Whose containers are meant: native, podman or all")
      ->type_name("SOURCE")
      ->default_str("all");
}

void add_format(CLI::App& app, std::string& format, bool templates) {
  const auto check = [templates](const std::string& value) -> std::string {
    if (value == "json" || value == "table" || (templates && value.find("{{") != std::string::npos))
      return {};
    return "\"" + value + "\" is no format; use json" + (templates ? " or a template" : "");
  };
  const char* description =
      templates ? "json, or a template as '{{.Name}} {{.State.Status}}'" : "json, or table";
  app.add_option("--format", format, description)->check(check)->type_name("FORMAT");
}

expected<std::vector<std::string>> trailing_arguments(const CLI::App& app) {
  auto arguments = app.remaining();
  if (!arguments.empty() && arguments.front().size() > 1 && arguments.front().front() == '-')
    return usage("unknown flag: " + arguments.front());
  return arguments;
}

tl::unexpected<error> usage(std::string cause) {
  return fail(error_code::usage, "", std::move(cause));
}

json to_json(const error& what) {
  return {{"code", to_string(what.code)},
          {"subject", what.subject},
          {"cause", what.cause},
          {"advice", what.advice},
          {"message", describe(what)}};
}

exit_code fail_with(const session& s, const error& what, const std::string& format) {
  s.streams().report(what);
  if (format == "json")
    s.streams().out("{}", dump_json({{"error", to_json(what)}}));
  return judge(0, {what});
}

named_answer removal_answer(const std::string& name, const expected<json>& removed, bool force,
                            error_code missing) {
  if (removed)
    return {name, {}, false};
  if (force && removed.error().code == missing)
    return {name, {}, true};
  return {name, removed.error(), false};
}

exit_code show_answers(const session& s, const std::string& operation,
                       const std::vector<named_answer>& answers, const std::string& format) {
  std::vector<error> errors;
  json results = json::array();
  for (const auto& answer : answers) {
    json result = {{"name", answer.name}, {"error", nullptr}};
    if (answer.failure) {
      s.streams().report(*answer.failure);
      errors.push_back(*answer.failure);
      result["error"] = to_json(*answer.failure);
    } else if (!answer.silent && format != "json") {
      s.streams().out("{}", answer.name);
    }
    results.push_back(std::move(result));
  }
  if (format == "json")
    s.streams().out("{}", dump_json({{"operation", operation}, {"results", std::move(results)}}));
  return judge(answers.size() - errors.size(), errors);
}

} // namespace floe
