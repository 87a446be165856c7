// `floe volume create|ls|inspect|rm|export|import`.
#include "tools/command_line.hpp"
#include "tools/inspect.hpp"
#include "tools/output.hpp"

#include <unistd.h>

namespace floe {

namespace {

expected<json> command_volume(session& s, volume_command command) {
  const auto subject = "volume " + command.name;
  auto answer = s.ask<document>(std::move(command), subject);
  if (!answer)
    return tl::unexpected{answer.error()};
  return parse_json(answer->text, subject);
}

/// Prints the name of what was made or changed, or its document.
exit_code show_volume(const session& s, const json& volume, const std::string& format) {
  if (format == "json")
    s.streams().out("{}", dump_json(volume));
  else
    s.streams().out("{}", text_of(volume, "Name"));
  return exit_code::done;
}

struct volume_create_verb {
  volume_command command;
  std::string format;

  void declare(CLI::App& app) {
    app.add_option("VOLUME", command.name, "Name; a generated one without it")->type_name("");
    add_list(app, "-l,--label", command.labels, "Label KEY=VALUE");
    add_format(app, format);
  }

  exit_code run(session& s) {
    command.verb = volume_verb::create;
    const auto made = command_volume(s, command);
    return made ? show_volume(s, *made, format) : fail_with(s, made.error(), format);
  }
};

struct volume_list_verb {
  query request;
  std::string format;
  bool names_only = false;

  void declare(CLI::App& app) {
    app.add_flag("-q,--quiet", names_only, "Only names");
    add_list(app, "-f,--filter", request.filters,
             "Only volumes with label=KEY[=VALUE] or name=REGEX");
    request.source = source_scope::all;
    add_source(app, request.source);
    add_format(app, format, true);
  }

  exit_code run(session& s) {
    request.kind = query_kind::volumes;
    const auto list = s.ask_document(request, "volumes");
    if (!list)
      return fail_with(s, list.error(), format);
    if (format == "json") {
      s.streams().out("{}", dump_json(*list));
      return exit_code::done;
    }
    const bool mixed = is_mixed(*list);
    table rows{mixed ? std::vector<std::string>{"DRIVER", "VOLUME NAME", "SOURCE"}
                     : std::vector<std::string>{"DRIVER", "VOLUME NAME"}};
    const bool templated = format.find("{{") != format.npos;
    for (const auto& volume : *list) {
      const auto line = templated ? fill_template(format, volume) : text_of(volume, "Name");
      if (!line)
        return fail_with(s, line.error());
      if (templated || names_only)
        s.streams().out("{}", *line);
      std::vector<std::string> cells{text_of(volume, "Driver"), text_of(volume, "Name")};
      if (mixed)
        cells.push_back(text_of(volume, "Source"));
      rows.add(std::move(cells));
    }
    if (!templated && !names_only)
      s.streams().write_out(rows.render());
    return exit_code::done;
  }
};

struct volume_inspect_verb {
  std::vector<std::string> names;
  std::string format;
  source_scope source = source_scope::all;

  void declare(CLI::App& app) {
    add_arguments(app, "VOLUME", names,
                  "Names; native:NAME and podman:NAME say whose volume is meant")
        ->required();
    add_source(app, source);
    add_format(app, format, true);
  }

  exit_code run(session& s) { return inspect(s, names, {query_kind::volume}, format, source); }
};

struct volume_remove_verb {
  volume_command command;
  std::vector<std::string> names;
  std::string format;
  bool all = false;

  void declare(CLI::App& app) {
    add_arguments(app, "VOLUME", names, "Names");
    app.add_flag("-a,--all", all, "All volumes");
    app.add_flag("-f,--force", command.force, "Remove the containers that use them too");
    add_format(app, format);
  }

  exit_code run(session& s) {
    if (all != names.empty())
      return fail_with(s,
                       all ? usage("no arguments are needed with --all").value()
                           : usage("you must provide at least one volume name").value(),
                       format);
    if (all) {
      query request;
      request.kind = query_kind::volumes;
      const auto list = s.ask_document(std::move(request), "volumes");
      if (!list)
        return fail_with(s, list.error(), format);
      for (const auto& volume : *list)
        names.push_back(text_of(volume, "Name"));
    }
    command.verb = volume_verb::remove;
    std::vector<named_answer> answers;
    for (const auto& name : names) {
      command.name = name;
      answers.push_back(removal_answer(name, command_volume(s, command), command.force,
                                       error_code::no_such_volume));
    }
    return show_answers(s, "volume rm", answers, format);
  }
};

struct volume_export_verb {
  volume_command command;
  std::string output;

  void declare(CLI::App& app) {
    app.add_option("VOLUME", command.name, "Name")->required()->type_name("");
    app.add_option("-o,--output", output, "File to write; stdout without it")->type_name("FILE");
  }

  exit_code run(session& s) {
    if (output.empty() && ::isatty(STDOUT_FILENO) == 1)
      return fail_with(
          s, usage("a tar is not written to a terminal; use --output FILE or a pipe").value());
    command.verb = volume_verb::export_tar;
    command.path = output.empty() ? "/dev/stdout" : output;
    const auto exported = command_volume(s, command);
    if (!exported)
      return fail_with(s, exported.error());
    if (!s.options().quiet && exported->contains("Warnings"))
      for (const auto& warning : exported->at("Warnings"))
        s.streams().remark("Warning: {}", for_display(warning.get<std::string>()));
    return exit_code::done;
  }
};

struct volume_import_verb {
  volume_command command;
  std::string format;

  void declare(CLI::App& app) {
    app.add_option("VOLUME", command.name, "Name of an existing volume")->required()->type_name("");
    app.add_option("FILE", command.path, "The tar; - for stdin")->required()->type_name("");
    add_format(app, format);
  }

  exit_code run(session& s) {
    command.verb = volume_verb::import_tar;
    if (command.path == "-")
      command.path = "/dev/stdin";
    const auto imported = command_volume(s, command);
    if (!imported)
      return fail_with(s, imported.error(), format);
    if (format == "json")
      s.streams().out("{}", dump_json(*imported));
    return exit_code::done;
  }
};

} // namespace

void add_volume_verbs(CLI::App& parent, chosen_verb& chosen) {
  auto& group = add_subcommand(parent, {"volume", "Manage volumes", ""});
  group.require_subcommand(1);
  add_verb<volume_create_verb>(group, chosen,
                               {"create", "Create a volume", "floe volume create data"});
  add_verb<volume_list_verb>(group, chosen, {"ls", "List volumes", "floe volume ls --format json"});
  add_verb<volume_list_verb>(group, chosen, {"list", "List volumes", ""}).group("");
  add_verb<volume_inspect_verb>(
      group, chosen, {"inspect", "Show everything about volumes", "floe volume inspect data"});
  add_verb<volume_remove_verb>(
      group, chosen, {"rm", "Remove volumes", "floe volume rm data\nfloe volume rm --all"});
  add_verb<volume_export_verb>(
      group, chosen,
      {"export", "Write a volume's content as a tar",
       "floe volume export data --output data.tar\nfloe volume export data | tar -t"});
  add_verb<volume_import_verb>(group, chosen,
                               {"import", "Unpack a tar into a volume",
                                "floe volume import data data.tar\n"
                                "tar -c . | floe volume import data -"});
}

} // namespace floe
