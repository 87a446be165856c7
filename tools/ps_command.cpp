// `floe ps`: the containers as a table.
#include "tools/command_line.hpp"
#include "tools/output.hpp"

#include <algorithm>
#include <cctype>

namespace floe {

namespace {

constexpr size_t command_width = 20;

std::string age_of(const json& container, const char* key) {
  const auto then = known_time(text_of(container, key));
  if (!then)
    return {};
  const auto now = std::chrono::system_clock::now();
  return human_age(std::chrono::duration_cast<std::chrono::seconds>(now - *then));
}

std::string status_of(const json& container) {
  const auto state = text_of(container, "State");
  if (state == "running")
    return "Up " + age_of(container, "StartedAt");
  if (state == "exited" || state == "stopped") {
    const auto age = age_of(container, "ExitedAt"); // unknown after a power cut
    auto status = fmt::format("Exited ({}){}", number_of(container, "ExitCode"),
                              age.empty() ? "" : " " + age + " ago");
    return flag_of(container, "Checkpointed") ? status + " (checkpointed)" : status;
  }
  auto status = state;
  if (!status.empty())
    status[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(status[0])));
  return status;
}

/// The texts of an array, or a text, in one line.
std::string joined(const json& object, const char* key, const char* between) {
  if (!object.contains(key) || !object.at(key).is_array())
    return text_of(object, key);
  std::string out;
  for (const auto& part : object.at(key))
    if (part.is_string())
      out += (out.empty() ? "" : between) + part.get<std::string>();
  return out;
}

/// `127.0.0.1:8080->80/tcp, 443->443/tcp`.
std::string ports_of(const json& container) {
  std::string out;
  const auto ports = container.find("Ports");
  if (ports == container.end() || !ports->is_array())
    return out;
  for (const auto& port : *ports) {
    const auto last = [&](const char* key) {
      const auto range = number_of(port, "range");
      return range > 1 ? fmt::format("-{}", number_of(port, key) + range - 1) : std::string{};
    };
    const auto address = text_of(port, "host_ip");
    out += fmt::format("{}{}:{}{}->{}{}/{}", out.empty() ? "" : ", ",
                       address.empty() ? "0.0.0.0" : address, number_of(port, "host_port"),
                       last("host_port"), number_of(port, "container_port"), last("container_port"),
                       text_of(port, "protocol"));
  }
  return out;
}

struct ps_verb {
  query request;
  std::string format;
  bool all = false;
  bool latest = false;
  bool ids_only = false;
  bool whole = false;
  bool pods = false;

  void declare(CLI::App& app) {
    app.add_flag("-a,--all", all, "Also containers that do not run");
    app.add_flag("-l,--latest", latest, "Only the container that was created last");
    app.add_flag("-q,--quiet", ids_only, "Only ids");
    app.add_flag("--no-trunc", whole, "Do not shorten ids and commands");
    app.add_flag("-p,--pod", pods, "Show the pods of Podman's containers too");
    add_list(app, "-f,--filter", request.filters,
             "Only containers with label=KEY[=VALUE], name=REGEX, id=PREFIX, status=STATE, "
             "volume=NAME or ancestor=IMAGE");
    request.source = source_scope::all;
    add_source(app, request.source);
    add_format(app, format, true);
  }

  exit_code run(session& s);
  void show_table(const session& s, const json& list) const;
};

void ps_verb::show_table(const session& s, const json& list) const {
  const bool mixed = is_mixed(list);
  std::vector<std::string> titles{"CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS"};
  // Native containers publish none.
  if (mixed)
    titles.emplace_back("PORTS");
  titles.emplace_back("NAMES");
  if (pods)
    titles.insert(titles.end(), {"POD ID", "PODNAME"});
  if (mixed)
    titles.emplace_back("SOURCE");
  table rows{std::move(titles)};
  for (const auto& container : list) {
    const auto id = text_of(container, "Id");
    auto command = joined(container, "Command", " ");
    if (!whole && command.size() > command_width)
      command = command.substr(0, command_width - 3) + "...";
    std::vector<std::string> cells{whole ? id : short_id(id), text_of(container, "Image"), command,
                                   age_of(container, "Created") + " ago", status_of(container)};
    if (mixed)
      cells.push_back(ports_of(container));
    cells.push_back(joined(container, "Names", ","));
    if (pods) {
      const auto pod = text_of(container, "Pod");
      cells.push_back(whole ? pod : short_id(pod));
      cells.push_back(text_of(container, "PodName"));
    }
    if (mixed)
      cells.push_back(text_of(container, "Source"));
    rows.add(std::move(cells));
  }
  s.streams().write_out(rows.render());
}

exit_code ps_verb::run(session& s) {
  request.kind = query_kind::containers;
  request.all = all || latest;
  auto list = s.ask_document(request, "containers");
  if (!list)
    return fail_with(s, list.error(), format);
  if (latest && list->size() > 1)
    *list = json::array({*std::ranges::max_element(
        *list, {}, [](const json& container) { return text_of(container, "Created"); })});
  for (auto& container : *list)
    if (text_of(container, "Status").empty())
      container["Status"] = status_of(container);
  if (format == "json") {
    s.streams().out("{}", dump_json(*list));
    return exit_code::done;
  }
  for (const auto& container : *list) {
    if (ids_only) {
      const auto id = text_of(container, "Id");
      s.streams().out("{}", whole ? id : short_id(id));
    } else if (format.find("{{") != format.npos) {
      auto flat = container;
      for (const char* key : {"Names", "Command"})
        flat[key] = joined(container, key, key[0] == 'N' ? "," : " ");
      flat["Ports"] = ports_of(container);
      flat["ID"] = whole ? text_of(flat, "Id") : short_id(text_of(flat, "Id"));
      const auto line = fill_template(format, flat);
      if (!line)
        return fail_with(s, line.error());
      s.streams().out("{}", *line);
    }
  }
  if (!ids_only && format.find("{{") == format.npos)
    show_table(s, *list);
  return exit_code::done;
}

} // namespace

void add_ps_verb(CLI::App& parent, chosen_verb& chosen, const char* name) {
  auto& app = add_verb<ps_verb>(parent, chosen,
                                {name, "List containers",
                                 "floe ps --all\n"
                                 "floe ps --format '{{.Names}} {{.Status}}'\n"
                                 "floe ps --all --format json"});
  // Other names for it are understood, not shown.
  if (std::string_view{name} != "ps")
    app.group("");
}

} // namespace floe
