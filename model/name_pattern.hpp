// Regular expressions that people give to find things by name.
#pragma once

#include "model/error.hpp"

#include <string>

namespace floe {

/// Whether \p pattern can be used with matches_pattern(). Errors: usage, about \p subject.
expected<void> check_name_pattern(const std::string& pattern, const std::string& subject);

/// Whether the pattern, a regular expression as in ECMAScript, matches somewhere in the text: `web`
/// is in `my-web-1`, `^web$` is only `web`. False for a pattern that is none.
bool matches_pattern(const std::string& pattern, const std::string& text);

} // namespace floe
