// An engine for tests of the command line: it remembers what it is asked and answers what it is
// told to.
#pragma once

#include "tools/command_line.hpp"

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace floe::testing {

/// Shared between a test and the engine's actor.
struct engine_script {
  std::mutex mutex;
  std::vector<checkpoint_containers> checkpoints;
  std::vector<restore_containers> restores;
  std::vector<container_command> commands;
  std::vector<create_options> created;
  std::vector<prepare_exec> execs;
  std::vector<volume_command> volume_commands;
  std::vector<image_command> image_commands;
  std::vector<query> queries;
  size_t cancels = 0;
  bool recovered = false; ///< whether the last engine was to recover interrupted operations
  bool runtime_is_demanded = false; ///< likewise, whether other runtimes are out of the question

  expected<batch_result> batch = batch_result{};
  std::vector<job_progress> events;             ///< sent to the observer of a batch
  std::map<std::string, error> refused;         ///< by the name in a command
  std::map<query_kind, std::string> documents;  ///< what queries are answered with
  std::map<std::string, std::string> inspected; ///< the same, by name
  std::string changed = "{}"; ///< what commands to volumes and images are answered with
};

/// What a call of floe did.
struct outcome_of_call {
  int status = -1;
  std::string out;
  std::string errors;
  size_t engines_started = 0;
};

/// Runs floe with these arguments and the scripted engine.
outcome_of_call call(std::vector<std::string> arguments, engine_script& script);

/// The same with an engine that must not be needed.
outcome_of_call call(std::vector<std::string> arguments);

} // namespace floe::testing
