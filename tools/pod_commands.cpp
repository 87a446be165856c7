// `floe pod ls|inspect`: the pods of Podman.
#include "tools/command_line.hpp"
#include "tools/inspect.hpp"
#include "tools/output.hpp"

namespace floe {

namespace {

struct pod_list_verb {
  std::string format;
  bool ids_only = false;

  void declare(CLI::App& app) {
    app.add_flag("-q,--quiet", ids_only, "Only ids");
    add_format(app, format, true);
  }

  exit_code run(session& s);
};

size_t count_of(const json& pod) {
  const auto found = pod.find("Containers");
  return found != pod.end() && found->is_array() ? found->size() : 0;
}

exit_code pod_list_verb::run(session& s) {
  query request;
  request.kind = query_kind::pods;
  const auto list = s.ask_document(std::move(request), "pods");
  if (!list)
    return fail_with(s, list.error(), format);
  if (format == "json") {
    s.streams().out("{}", dump_json(*list));
    return exit_code::done;
  }
  table rows{{"POD ID", "NAME", "STATUS", "INFRA ID", "# OF CONTAINERS"}};
  const bool templated = format.find("{{") != format.npos;
  for (const auto& pod : *list) {
    const auto line = templated ? fill_template(format, pod) : short_id(text_of(pod, "Id"));
    if (!line)
      return fail_with(s, line.error());
    if (templated || ids_only)
      s.streams().out("{}", *line);
    rows.add({short_id(text_of(pod, "Id")), text_of(pod, "Name"), text_of(pod, "Status"),
              short_id(text_of(pod, "InfraId")), std::to_string(count_of(pod))});
  }
  if (!templated && !ids_only)
    s.streams().write_out(rows.render());
  return exit_code::done;
}

struct pod_inspect_verb {
  std::vector<std::string> names;
  std::string format;

  void declare(CLI::App& app) {
    add_arguments(app, "POD", names, "Names, ids or unambiguous beginnings of ids")->required();
    add_format(app, format, true);
  }

  exit_code run(session& s) { return inspect(s, names, {query_kind::pod}, format); }
};

} // namespace

void add_pod_verbs(CLI::App& parent, chosen_verb& chosen) {
  auto& group = add_subcommand(
      parent, {"pod", "Look at the pods of Podman (checkpoint and restore take --pod)", ""});
  group.require_subcommand(1);
  add_verb<pod_list_verb>(group, chosen, {"ls", "List pods", "floe pod ls --format json"});
  for (const char* name : {"list", "ps"})
    add_verb<pod_list_verb>(group, chosen, {name, "List pods", ""}).group("");
  add_verb<pod_inspect_verb>(group, chosen,
                             {"inspect", "Show everything about pods", "floe pod inspect shop"});
}

} // namespace floe
