// Small things that are done to texts in many places.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace floe {

/// All parts between separators, empty ones too; one empty part for an empty text.
std::vector<std::string> split_text(std::string_view text, char separator);

/// `KEY=VALUE` at its first `=`; nothing without one, or with an empty key.
std::optional<std::pair<std::string, std::string>> split_key_value(std::string_view text);

} // namespace floe
