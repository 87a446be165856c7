// The command line of floe as a whole: all verbs, the options that they share, and how a call runs.
#pragma once

#include "tools/command.hpp"

#include <memory>
#include <string>
#include <vector>

namespace floe {

/// Owns the tree of verbs. Also read by what generates manual pages and completions.
class command_line {
 public:
  command_line();

  const CLI::App& app() const { return app_; }

  /// Parses \p arguments (without the program's name) and runs the verb. Returns the exit status;
  /// nothing is thrown.
  int run(std::vector<std::string> arguments, const console& streams, const engine_starter& starter,
          const std::string& program);

 private:
  int explain(const CLI::ParseError& problem, bool as_json, const console& streams) const;

  global_options globals_;
  chosen_verb chosen_;
  CLI::App app_;
};

// One function per file of verbs: adds them to the tree.
void add_checkpoint_verb(CLI::App& parent, chosen_verb& chosen);
void add_restore_verb(CLI::App& parent, chosen_verb& chosen);
void add_create_verbs(CLI::App& parent, chosen_verb& chosen);
void add_lifecycle_verbs(CLI::App& parent, chosen_verb& chosen);
void add_cleanup_verb(CLI::App& parent, chosen_verb& chosen);
void add_ps_verb(CLI::App& parent, chosen_verb& chosen, const char* name);
void add_inspect_verb(CLI::App& parent, chosen_verb& chosen);
void add_container_inspect_verb(CLI::App& parent, chosen_verb& chosen);
void add_logs_verb(CLI::App& parent, chosen_verb& chosen);
void add_exec_verb(CLI::App& parent, chosen_verb& chosen);
void add_volume_verbs(CLI::App& parent, chosen_verb& chosen);
void add_pod_verbs(CLI::App& parent, chosen_verb& chosen);
void add_image_verbs(CLI::App& parent, chosen_verb& chosen);
void add_guard_verb(CLI::App& parent, chosen_verb& chosen);
void add_loopback_hook_verb(CLI::App& parent, chosen_verb& chosen);
void add_show_verb(CLI::App& parent, chosen_verb& chosen);
void add_verify_verb(CLI::App& parent, chosen_verb& chosen);
void add_doctor_verb(CLI::App& parent, chosen_verb& chosen);
void add_documentation_verbs(CLI::App& parent, chosen_verb& chosen, const CLI::App& root);

} // namespace floe
