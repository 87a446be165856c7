// How a verb joins the command line: a struct with declare(CLI::App&) and run(session&).
#pragma once

#include "tools/exit_code.hpp"
#include "tools/session.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace floe {

/// What the arguments asked for, filled in while they are parsed. The status may be a container's.
struct chosen_verb {
  std::function<int(session&)> run;
};

/// Name and help of a verb.
struct verb_help {
  const char* name;
  const char* summary;  ///< one line, a whole sentence without a full stop
  const char* examples; ///< one command per line
};

/// Makes a subcommand with help and examples, without options.
CLI::App& add_subcommand(CLI::App& parent, const verb_help& help);

/// Adds a verb below \p parent. Several places may have the same verb.
template <class Verb>
CLI::App& add_verb(CLI::App& parent, chosen_verb& chosen, const verb_help& help,
                   Verb initial = {}) {
  auto& app = add_subcommand(parent, help);
  auto verb = std::make_shared<Verb>(std::move(initial));
  verb->declare(app);
  app.callback([&chosen, verb] {
    chosen.run = [verb](session& s) { return static_cast<int>(verb->run(s)); };
  });
  return app;
}

/// An option that may be repeated and takes one value each time.
CLI::Option* add_list(CLI::App& app, const std::string& names, std::vector<std::string>& values,
                      const std::string& description);

/// The names or files a verb works on; \p kind stands in the help and decides what a shell offers:
/// CONTAINER, VOLUME, IMAGE, ARCHIVE, FILE.
CLI::Option* add_arguments(CLI::App& app, const std::string& kind, std::vector<std::string>& values,
                           const std::string& description);

/// The option `--source`: whose containers are meant.
CLI::Option* add_source(CLI::App& app, source_scope& scope);

/// The option `--format`, which every verb with a result has.
void add_format(CLI::App& app, std::string& format, bool templates = false);

/// For verbs whose arguments behind the first one belong to another program (`run`, `exec`): all
/// of them. Errors: usage, if an option stands before the first that nobody knows.
expected<std::vector<std::string>> trailing_arguments(const CLI::App& app);

/// A usage error in Podman's words.
tl::unexpected<error> usage(std::string cause);

/// Reports one error: on stderr, and as a document on stdout if \p format is json. Returns the
/// exit status for it.
exit_code fail_with(const session& s, const error& what, const std::string& format = {});

/// What became of one of several things that a verb did the same to.
struct named_answer {
  std::string name;
  std::optional<error> failure;
  bool silent = false; ///< there was nothing to be done
};

/// The answer about \p name. With \p force it is no failure that there is no such thing, which
/// \p missing says.
named_answer removal_answer(const std::string& name, const expected<json>& removed, bool force,
                            error_code missing);

/// Reports the answers: failures on stderr, the others by their names, or all of them as one
/// document if \p format is json.
exit_code show_answers(const session& s, const std::string& operation,
                       const std::vector<named_answer>& answers, const std::string& format);

/// The JSON of an error in a document of ours.
json to_json(const error& what);

} // namespace floe
