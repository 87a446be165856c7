// Manual pages from the description of the command line: one for floe and one for each verb.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace floe {

struct man_page {
  std::string file_name; ///< floe-volume-create.1
  std::string text;      ///< roff, man(7)
};

std::vector<man_page> man_pages(const CLI::App& root);

} // namespace floe
