// `floe image import|ls|inspect|rm`.
#include "tools/command_line.hpp"
#include "tools/inspect.hpp"
#include "tools/output.hpp"

namespace floe {

namespace {

constexpr const char* unnamed = "<none>";

expected<json> command_image(session& s, image_command command) {
  const auto subject = "image " + command.name;
  auto answer = s.ask<document>(std::move(command), subject);
  if (!answer)
    return tl::unexpected{answer.error()};
  return parse_json(answer->text, subject);
}

struct image_import_verb {
  image_command command;
  std::string format;

  void declare(CLI::App& app) {
    app.add_option(
           "PATH", command.path,
           "A directory or tar with a root filesystem, or an OCI image as layout or archive")
        ->required()
        ->type_name("");
    app.add_option("NAME", command.name, "Name of the image")->required()->type_name("");
    add_format(app, format);
  }

  exit_code run(session& s) {
    command.verb = image_verb::import;
    const auto made = command_image(s, command);
    if (!made)
      return fail_with(s, made.error(), format);
    if (format == "json")
      s.streams().out("{}", dump_json(*made));
    else
      s.streams().out("{}", text_of(*made, "Id"));
    return exit_code::done;
  }
};

std::vector<std::string> names_of(const json& image) {
  std::vector<std::string> names;
  for (const char* key : {"Names", "RepoTags"})
    if (names.empty() && image.contains(key) && image.at(key).is_array())
      for (const auto& name : image.at(key))
        if (name.is_string())
          names.push_back(name.get<std::string>());
  return names;
}

/// `localhost/web:latest` as repository and tag.
std::pair<std::string, std::string> split_name(const std::string& name) {
  const auto colon = name.rfind(':');
  if (colon == name.npos || name.find('/', colon) != name.npos)
    return {name, unnamed};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

struct image_list_verb {
  query request;
  std::string format;
  bool ids_only = false;
  bool whole = false;

  void declare(CLI::App& app) {
    app.add_flag("-q,--quiet", ids_only, "Only ids");
    app.add_flag("--no-trunc", whole, "Do not shorten ids");
    add_format(app, format, true);
  }

  exit_code run(session& s);
  void add_rows(table& rows, const json& image) const;
};

void image_list_verb::add_rows(table& rows, const json& image) const {
  const auto id = text_of(image, "Id");
  const auto created = known_time(text_of(image, "Created"));
  const auto age = created ? human_age(std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::system_clock::now() - *created)) +
                                 " ago"
                           : std::string{};
  auto names = names_of(image);
  if (names.empty())
    names.emplace_back(unnamed);
  for (const auto& name : names) {
    const auto [repository, tag] = split_name(name);
    rows.add({repository, tag, whole ? id : short_id(id), age,
              human_size(static_cast<uint64_t>(std::max<int64_t>(0, number_of(image, "Size"))))});
  }
}

exit_code image_list_verb::run(session& s) {
  request.kind = query_kind::images;
  const auto list = s.ask_document(request, "images");
  if (!list)
    return fail_with(s, list.error(), format);
  if (format == "json") {
    s.streams().out("{}", dump_json(*list));
    return exit_code::done;
  }
  table rows{{"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"}};
  const bool templated = format.find("{{") != format.npos;
  for (const auto& image : *list) {
    const auto id = text_of(image, "Id");
    const expected<std::string> line = templated ? fill_template(format, image)
                                       : whole   ? id
                                                 : short_id(id);
    if (!line)
      return fail_with(s, line.error());
    if (templated || ids_only)
      s.streams().out("{}", *line);
    add_rows(rows, image);
  }
  if (!templated && !ids_only)
    s.streams().write_out(rows.render());
  return exit_code::done;
}

struct image_inspect_verb {
  std::vector<std::string> names;
  std::string format;

  void declare(CLI::App& app) {
    add_arguments(app, "IMAGE", names, "Names or ids")->required();
    add_format(app, format, true);
  }

  exit_code run(session& s) { return inspect(s, names, {query_kind::image}, format); }
};

struct image_remove_verb {
  image_command command;
  std::vector<std::string> names;
  std::string format;

  void declare(CLI::App& app) {
    add_arguments(app, "IMAGE", names, "Names or ids")->required();
    app.add_flag("-f,--force", command.force, "Remove the containers that use them too");
    add_format(app, format);
  }

  exit_code run(session& s) {
    command.verb = image_verb::remove;
    std::vector<named_answer> answers;
    for (const auto& name : names) {
      command.name = name;
      answers.push_back(removal_answer(name, command_image(s, command), command.force,
                                       error_code::no_such_image));
    }
    return show_answers(s, "image rm", answers, format);
  }
};

} // namespace

void add_image_verbs(CLI::App& parent, chosen_verb& chosen) {
  auto& group = add_subcommand(parent, {"image", "Manage images", ""});
  group.require_subcommand(1);
  add_verb<image_import_verb>(group, chosen,
                              {"import", "Import an image or a root filesystem",
                               "floe image import ./rootfs web:latest\n"
                               "podman save web | floe image import /dev/stdin web:latest"});
  add_verb<image_list_verb>(group, chosen, {"ls", "List images", "floe image ls"});
  add_verb<image_list_verb>(group, chosen, {"list", "List images", ""}).group("");
  add_verb<image_inspect_verb>(
      group, chosen, {"inspect", "Show everything about images", "floe image inspect web"});
  add_verb<image_remove_verb>(group, chosen, {"rm", "Remove images", "floe image rm web:latest"});
}

} // namespace floe
