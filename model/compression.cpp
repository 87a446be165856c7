#include "model/compression.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace floe {

namespace {
constexpr std::array<std::string_view, 4> names{"zstd", "gzip", "none", "raw"};
} // namespace

std::optional<compression> compression_from_string(std::string_view name) {
  std::string lower{name};
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto* found = std::ranges::find(names, lower);
  if (found == names.end())
    return std::nullopt;
  return static_cast<compression>(found - names.begin());
}

std::string_view to_string(compression method) {
  return names[static_cast<size_t>(method)];
}

} // namespace floe
