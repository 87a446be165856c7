#include "tools/completion.hpp"

#include "tools/verb_tree.hpp"

#include <fmt/format.h>

#include <functional>

namespace floe {

namespace {

/// What a verb's arguments are: CONTAINER, VOLUME, IMAGE, POD, or empty for files.
std::string kind_of_arguments(const CLI::App& app) {
  if (app.get_prefix_command())
    return app.get_name() == "exec" ? "CONTAINER" : "IMAGE";
  for (const auto* argument : visible_arguments(app))
    for (const char* kind : {"CONTAINER", "VOLUME", "IMAGE", "POD"})
      if (argument->get_name(true).starts_with(kind))
        return kind;
  return {};
}

std::string words_of(const CLI::App& app) {
  std::string words;
  for (const auto* verb : visible_verbs(app))
    words += verb->get_name() + " ";
  for (const auto* option : visible_options(app))
    for (const auto& spelling : spellings(*option))
      words += spelling + " ";
  if (!words.empty())
    words.pop_back();
  return words;
}

void visit(const CLI::App& app, const std::function<void(const CLI::App&)>& visitor) {
  visitor(app);
  for (const auto* verb : visible_verbs(app))
    visit(*verb, visitor);
}

/// The options behind which a value follows, so that it is not taken for a verb.
std::string options_with_values(const CLI::App& root) {
  std::string options;
  for (const auto* option : visible_options(root))
    if (takes_value(*option))
      for (const auto& spelling : spellings(*option))
        options += (options.empty() ? "" : "|") + spelling;
  return options;
}

std::string bash_script(const CLI::App& root) {
  std::string words;
  std::string kinds;
  std::string verbs;
  visit(root, [&](const CLI::App& app) {
    const auto path = full_name(app, " ");
    words += fmt::format("    '{}') echo '{}' ;;\n", path, words_of(app));
    if (const auto kind = kind_of_arguments(app); !kind.empty())
      kinds += fmt::format("    '{}') floe complete {} 2>/dev/null ;;\n", path, kind);
    verbs += (verbs.empty() ? "" : "|") + fmt::format("'{}'", path);
  });
  return fmt::format(R"bash(# bash completion for floe
_floe_words() {{
  case "$1" in
{}  esac
}}

_floe_names() {{
  case "$1" in
{}  esac
}}

_floe() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} path=floe i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${{COMP_WORDS[i]}}" in {}) i=$((i + 1)); continue ;; esac
    case "$path ${{COMP_WORDS[i]}}" in {}) path="$path ${{COMP_WORDS[i]}}" ;; esac
  done
  local words
  words=$(_floe_words "$path")
  [[ $word == -* ]] || words="$words $(_floe_names "$path")"
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  [[ $word == -* || ${{#COMPREPLY[@]}} -gt 0 ]] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
}}
complete -o filenames -F _floe floe
)bash",
                     words, kinds, options_with_values(root), verbs);
}

std::string zsh_script(const CLI::App& root) {
  return "#compdef floe\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         bash_script(root);
}

std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char character : text) {
    if (character == '\'' || character == '\\')
      out += '\\';
    out += character;
  }
  return out + "'";
}

void add_fish_options(std::string& script, const CLI::App& app, const std::string& condition) {
  for (const auto* option : visible_options(app)) {
    script += "complete -c floe " + condition;
    for (const auto& name : option->get_snames())
      script += " -s " + name;
    for (const auto& name : option->get_lnames())
      script += " -l " + name;
    script += std::string{takes_value(*option) ? " -r" : ""} + " -d " +
              fish_quoted(option->get_description()) + "\n";
  }
}

std::string fish_script(const CLI::App& root) {
  std::string script = "# fish completion for floe\n";
  add_fish_options(script, root, "-n __fish_use_subcommand");
  for (const auto* verb : visible_verbs(root)) {
    const auto seen = fmt::format("-n '__fish_seen_subcommand_from {}'", verb->get_name());
    script += fmt::format("complete -c floe -f -n __fish_use_subcommand -a {} -d {}\n",
                          verb->get_name(), fish_quoted(verb->get_description()));
    add_fish_options(script, *verb, seen);
    for (const auto* deeper : visible_verbs(*verb))
      script += fmt::format("complete -c floe -f {} -a {} -d {}\n", seen, deeper->get_name(),
                            fish_quoted(deeper->get_description()));
    if (const auto kind = kind_of_arguments(*verb); !kind.empty())
      script +=
          fmt::format("complete -c floe {} -a '(floe complete {} 2>/dev/null)'\n", seen, kind);
  }
  return script;
}

} // namespace

std::string completion_script(const CLI::App& root, const std::string& shell) {
  if (shell == "fish")
    return fish_script(root);
  return shell == "zsh" ? zsh_script(root) : bash_script(root);
}

} // namespace floe
