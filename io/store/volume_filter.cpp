#include "io/store/volume_filter.hpp"

#include "model/name_pattern.hpp"

#include <algorithm>

namespace floe {

expected<volume_filter> parse_volume_filter(const std::vector<std::string>& texts) {
  volume_filter out;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    const auto key = text.substr(0, equals);
    const auto value = equals == std::string::npos ? std::string{} : text.substr(equals + 1);
    if (value.empty() || value.front() == '=' || (key != "name" && key != "label"))
      return fail(error_code::usage, "--filter " + text, "it is not a filter of volumes",
                  "use name=REGEX or label=KEY[=VALUE]");
    if (key == "name") {
      if (auto checked = check_name_pattern(value, "--filter " + text); !checked)
        return tl::unexpected{checked.error()};
      out.names.push_back(value);
      continue;
    }
    const auto second = value.find('=');
    out.labels.emplace_back(value.substr(0, second), second == std::string::npos
                                                         ? std::nullopt
                                                         : std::optional{value.substr(second + 1)});
  }
  return out;
}

bool matches(const volume_filter& filter, const volume_record& volume) {
  const bool named = std::ranges::any_of(filter.names, [&](const std::string& pattern) {
    return matches_pattern(pattern, volume.name);
  });
  return (filter.names.empty() || named) &&
         std::ranges::all_of(filter.labels, [&](const auto& wanted) {
           return std::ranges::any_of(volume.labels, [&](const auto& label) {
             return label.first == wanted.first &&
                    (!wanted.second || label.second == *wanted.second);
           });
         });
}

} // namespace floe
