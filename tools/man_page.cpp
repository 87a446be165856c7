#include "tools/man_page.hpp"

#include "tools/output.hpp"
#include "tools/verb_tree.hpp"

#include <fmt/format.h>

namespace floe {

namespace {

/// What every page says at its end.
constexpr const char* exit_status =
    ".SH EXIT STATUS\n"
    ".TP\n0\nEverything asked for was done.\n"
    ".TP\n1\nSome of it was not.\n"
    ".TP\n2\nNothing of it was.\n"
    ".TP\n3\nThe time was over before all of it was done.\n"
    ".TP\n64\nThe command line contradicts itself or lacks something.\n"
    ".TP\n69\nThe host cannot do it: no root, no CRIU, no runtime.\n"
    ".PP\n\\fBfloe run\\fR and \\fBfloe exec\\fR return the status of the program in the "
    "container; \\fBfloe exec\\fR 127 if the container has no such program, and 126 if it cannot "
    "be run.\n";

/// Text that roff takes as it is.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char character : text) {
    if (character == '\\')
      out += "\\e";
    else if (character == '-')
      out += "\\-";
    else if (character == '\'')
      out += "\\(aq";
    else
      out += character;
  }
  if (out.starts_with('.'))
    out.insert(0, "\\&");
  return out;
}

std::string bold(const std::string& text) {
  return "\\fB" + escaped(text) + "\\fR";
}

/// An option as in a list: `-e, --export FILE`.
std::string heading_of(const CLI::Option& option) {
  std::string out;
  for (const auto& spelling : spellings(option))
    out += (out.empty() ? "" : ", ") + bold(spelling);
  // Behind a colon stand the rules for the value.
  const auto type = option.get_type_name().substr(0, option.get_type_name().find(':'));
  if (takes_value(option))
    out += " \\fI" + escaped(type.empty() ? "VALUE" : type) + "\\fR";
  return out;
}

void add_options(std::string& page, const CLI::App& app) {
  page += ".SH OPTIONS\n";
  for (const auto* option : visible_options(app)) {
    page += ".TP\n" + heading_of(*option) + "\n" + escaped(option->get_description()) + ".\n";
    if (!option->get_default_str().empty())
      page += "By default " + escaped(option->get_default_str()) + ".\n";
    if (!option->get_envname().empty())
      page += "Also from the environment, as " + bold(option->get_envname()) + ".\n";
  }
  for (const auto* argument : visible_arguments(app))
    page += fmt::format(".TP\n\\fI{}\\fR\n{}.\n", escaped(argument->get_name(true)),
                        escaped(argument->get_description()));
}

void add_verb_list(std::string& page, const CLI::App& app) {
  const auto verbs = visible_verbs(app);
  if (verbs.empty())
    return;
  page += ".SH COMMANDS\n";
  const bool has_pages = app.get_name() != "container";
  for (const auto* verb : verbs)
    page += fmt::format(".TP\n{}\n{}. See {}(1).\n", bold(full_name(*verb, " ")),
                        escaped(verb->get_description()),
                        bold(has_pages ? full_name(*verb, "-") : "floe-" + verb->get_name()));
}

/// The footer holds the examples, each on a line of its own.
void add_examples(std::string& page, const CLI::App& app) {
  const auto lines = lines_of(app.get_footer());
  if (lines.size() < 2)
    return;
  page += ".SH EXAMPLES\n.nf\n";
  for (size_t i = 1; i < lines.size(); ++i)
    page += escaped(lines[i]) + "\n";
  page += ".fi\n";
}

std::string render(const CLI::App& app) {
  auto name = full_name(app, "-");
  std::string upper = name;
  for (char& character : upper)
    character = static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
  std::string page = ".\\\" Written by floe man; do not edit.\n";
  page += fmt::format(".TH \"{}\" 1 \"\" \"floe\" \"floe\"\n", escaped(upper));
  page += fmt::format(".SH NAME\n{} \\- {}\n", escaped(name), escaped(app.get_description()));
  page += fmt::format(".SH SYNOPSIS\n{} {}\n", bold(full_name(app, " ")), escaped(synopsis(app)));
  add_verb_list(page, app);
  add_options(page, app);
  add_examples(page, app);
  page += exit_status;
  if (app.get_parent() != nullptr)
    page += fmt::format(".SH SEE ALSO\n{}(1)\n", bold(full_name(*app.get_parent(), "-")));
  return page;
}

void add_pages(std::vector<man_page>& pages, const CLI::App& app) {
  pages.push_back({full_name(app, "-") + ".1", render(app)});
  // The verbs below `container` are those of the top under another name.
  if (app.get_name() != "container")
    for (const auto* verb : visible_verbs(app))
      add_pages(pages, *verb);
}

} // namespace

std::vector<man_page> man_pages(const CLI::App& root) {
  std::vector<man_page> pages;
  add_pages(pages, root);
  return pages;
}

} // namespace floe
