// `floe inspect`: everything that is known of a container, an image, a volume or a pod.
#include "tools/command_line.hpp"
#include "tools/inspect.hpp"
#include "tools/output.hpp"

#include <algorithm>
#include <array>

namespace floe {

namespace {

template <query_kind... Kinds>
struct inspect_verb {
  std::vector<std::string> names;
  std::string format;
  source_scope source = source_scope::all;

  void declare(CLI::App& app) {
    add_arguments(app, "CONTAINER", names,
                  "Names or ids; native:NAME and podman:NAME say whose container is meant")
        ->required();
    add_source(app, source);
    add_format(app, format, true);
  }

  exit_code run(session& s) { return inspect(s, names, {Kinds...}, format, source); }
};

/// Whether there is nothing of that kind and name. Without Podman there are no pods.
bool is_missing(error_code code) {
  constexpr std::array codes{error_code::no_such_container, error_code::no_such_image,
                             error_code::no_such_volume, error_code::no_such_pod,
                             error_code::no_podman};
  return std::ranges::find(codes, code) != codes.end();
}

expected<json> find(session& s, const std::string& name, const std::vector<query_kind>& kinds,
                    source_scope source) {
  expected<json> found = fail(error_code::no_such_container, name, "there is nothing of that name");
  for (const auto kind : kinds) {
    query request;
    request.kind = kind;
    request.name = name;
    request.source = source;
    auto answer = s.ask_document(std::move(request), name);
    if (answer)
      return answer;
    // What is no container may be something else; the first refusal says it best.
    const bool missing = is_missing(answer.error().code);
    if (!missing || kind == kinds.front())
      found = std::move(answer);
    if (!missing)
      return found;
  }
  return found;
}

} // namespace

exit_code inspect(session& s, const std::vector<std::string>& names,
                  const std::vector<query_kind>& kinds, const std::string& format,
                  source_scope source) {
  json documents = json::array();
  std::vector<error> errors;
  for (const auto& name : names) {
    auto document = find(s, name, kinds, source);
    if (document) {
      documents.push_back(std::move(*document));
      continue;
    }
    s.streams().report(document.error());
    errors.push_back(document.error());
  }
  if (format.find("{{") != format.npos) {
    for (const auto& document : documents) {
      const auto line = fill_template(format, document);
      if (!line)
        return fail_with(s, line.error());
      s.streams().out("{}", *line);
    }
  } else {
    s.streams().out("{}", dump_json(documents));
  }
  return judge(documents.size(), errors);
}

void add_inspect_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<
      inspect_verb<query_kind::container, query_kind::image, query_kind::volume, query_kind::pod>>(
      parent, chosen,
      {"inspect", "Show everything about containers, images, volumes or Podman's pods",
       "floe inspect web\n"
       "floe inspect --format '{{.State.Status}}' web"});
}

void add_container_inspect_verb(CLI::App& parent, chosen_verb& chosen) {
  add_verb<inspect_verb<query_kind::container>>(
      parent, chosen,
      {"inspect", "Show everything about containers", "floe container inspect web"});
}

} // namespace floe
