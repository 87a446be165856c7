// Completion scripts from the description of the command line.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace floe {

/// \p shell is bash, zsh or fish.
std::string completion_script(const CLI::App& root, const std::string& shell);

} // namespace floe
