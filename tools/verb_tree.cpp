#include "tools/verb_tree.hpp"

namespace floe {

std::vector<const CLI::App*> visible_verbs(const CLI::App& app) {
  std::vector<const CLI::App*> verbs;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!verb->get_group().empty())
      verbs.push_back(verb);
  return verbs;
}

std::vector<const CLI::Option*> visible_options(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) {
    return option->nonpositional() && !option->get_group().empty();
  });
}

std::vector<const CLI::Option*> visible_arguments(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) {
    return option->get_positional() && !option->get_group().empty();
  });
}

std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> out;
  for (const auto& name : option.get_snames())
    out.push_back("-" + name);
  for (const auto& name : option.get_lnames())
    out.push_back("--" + name);
  return out;
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

std::string full_name(const CLI::App& app, const std::string& between) {
  return app.get_parent() == nullptr
             ? app.get_name()
             : full_name(*app.get_parent(), between) + between + app.get_name();
}

std::string synopsis(const CLI::App& app) {
  std::string out = "[OPTIONS]";
  if (!visible_verbs(app).empty())
    out += " COMMAND";
  for (const auto* argument : visible_arguments(app)) {
    auto name = argument->get_name(true);
    if (argument->get_items_expected_max() > 1)
      name += "...";
    out += argument->get_required() ? " " + name : " [" + name + "]";
  }
  if (app.get_prefix_command())
    out += app.get_name() == "exec" ? " CONTAINER COMMAND [ARG...]" : " IMAGE [COMMAND [ARG...]]";
  return out;
}

} // namespace floe
