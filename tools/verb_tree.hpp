// The tree of verbs as what describes it needs it: visible verbs, options and arguments.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace floe {

/// The verbs below \p app that people are meant to see, in their order.
std::vector<const CLI::App*> visible_verbs(const CLI::App& app);

/// Options with their dashes, and arguments, that people are meant to see.
std::vector<const CLI::Option*> visible_options(const CLI::App& app);
std::vector<const CLI::Option*> visible_arguments(const CLI::App& app);

/// `-a`, `--all`: all spellings of an option.
std::vector<std::string> spellings(const CLI::Option& option);

bool takes_value(const CLI::Option& option);

/// `floe volume create`, with \p between between the words.
std::string full_name(const CLI::App& app, const std::string& between);

/// What stands behind the name in a synopsis: `[options] CONTAINER...`.
std::string synopsis(const CLI::App& app);

} // namespace floe
