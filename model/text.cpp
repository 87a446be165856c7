#include "model/text.hpp"

#include <algorithm>

namespace floe {

std::vector<std::string> split_text(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    auto end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::optional<std::pair<std::string, std::string>> split_key_value(std::string_view text) {
  auto equals = text.find('=');
  if (equals == text.npos || equals == 0)
    return std::nullopt;
  return std::pair{std::string{text.substr(0, equals)}, std::string{text.substr(equals + 1)}};
}

} // namespace floe
