// `floe completion SHELL`, and the hidden verbs behind it and behind the manual pages.
#include "io/posix/system_error.hpp"
#include "tools/command_line.hpp"
#include "tools/completion.hpp"
#include "tools/man_page.hpp"
#include "tools/output.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace floe {

namespace {

struct completion_verb {
  const CLI::App* root = nullptr;
  std::string shell;

  void declare(CLI::App& app) {
    app.add_option("SHELL", shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}))
        ->type_name("");
  }

  exit_code run(session& s) {
    s.streams().write_out(completion_script(*root, shell));
    return exit_code::done;
  }
};

/// `floe man DIR`.
struct man_verb {
  const CLI::App* root = nullptr;
  std::string directory;

  void declare(CLI::App& app) {
    app.add_option("DIR", directory, "Where the pages go")->required()->type_name("");
  }

  exit_code run(session& s) {
    std::error_code problem;
    std::filesystem::create_directories(directory, problem);
    for (const auto& page : man_pages(*root)) {
      const auto path = directory + "/" + page.file_name;
      std::ofstream file{path, std::ios::binary};
      file << page.text;
      file.close();
      if (!file)
        return fail_with(s, system_failure(errno, path, "write").value());
    }
    return exit_code::done;
  }
};

/// `floe complete KIND`: the names that completions offer.
struct names_verb {
  std::string kind;

  void declare(CLI::App& app) {
    app.add_option("KIND", kind)
        ->required()
        ->check(CLI::IsMember({"CONTAINER", "VOLUME", "IMAGE", "POD"}))
        ->type_name("");
  }

  exit_code run(session& s) {
    query request;
    request.kind = kind == "CONTAINER" ? query_kind::containers
                   : kind == "VOLUME"  ? query_kind::volumes
                   : kind == "POD"     ? query_kind::pods
                                       : query_kind::images;
    // Most verbs of volumes are for floe's own.
    if (request.kind == query_kind::containers)
      request.source = source_scope::all;
    const auto list = s.ask_document(std::move(request), kind);
    // A completion that finds nothing is silent.
    if (!list)
      return exit_code::nothing_done;
    for (const auto& each : *list) {
      if (const auto name = text_of(each, "Name"); !name.empty())
        s.streams().out("{}", name);
      if (each.contains("Names") && each.at("Names").is_array())
        for (const auto& name : each.at("Names"))
          if (name.is_string())
            s.streams().out("{}", name.get<std::string>());
    }
    return exit_code::done;
  }
};

} // namespace

void add_documentation_verbs(CLI::App& parent, chosen_verb& chosen, const CLI::App& root) {
  add_verb<completion_verb>(
      parent, chosen,
      {"completion", "Print a completion script for a shell",
       "floe completion bash >/usr/share/bash-completion/completions/floe\n"
       "floe completion zsh >/usr/share/zsh/vendor-completions/_floe\n"
       "floe completion fish >/usr/share/fish/vendor_completions.d/floe.fish"},
      {&root, {}});
  add_verb<man_verb>(parent, chosen, {"man", "Write the manual pages", ""}, {&root, {}}).group("");
  add_verb<names_verb>(parent, chosen, {"complete", "Print names", ""}).group("");
}

} // namespace floe
