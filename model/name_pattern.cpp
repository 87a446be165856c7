#include "model/name_pattern.hpp"

#include <optional>
#include <regex>

namespace floe {

namespace {

/// The library has no other way to say that it understood nothing than to throw.
std::optional<std::regex> compiled(const std::string& pattern) {
  try {
    return std::regex{pattern, std::regex::ECMAScript | std::regex::nosubs};
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

} // namespace

expected<void> check_name_pattern(const std::string& pattern, const std::string& subject) {
  if (compiled(pattern))
    return {};
  return fail(error_code::usage, subject, "\"" + pattern + "\" is no regular expression",
              "put a \\ before characters as ( [ * that are meant as they are");
}

bool matches_pattern(const std::string& pattern, const std::string& text) {
  const auto expression = compiled(pattern);
  try {
    return expression && std::regex_search(text, *expression);
  } catch (const std::regex_error&) { // too complex for the library
    return false;
  }
}

} // namespace floe
