#include "model/container_filter.hpp"

#include "model/name_pattern.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace floe {

namespace {

using kind = container_filter::kind;

constexpr std::array kinds{
    std::pair{std::string_view{"id"}, kind::id},
    std::pair{std::string_view{"name"}, kind::name},
    std::pair{std::string_view{"label"}, kind::label},
    std::pair{std::string_view{"status"}, kind::status},
    std::pair{std::string_view{"volume"}, kind::volume},
    std::pair{std::string_view{"ancestor"}, kind::ancestor},
};

bool has_label(const container_filter& filter, const container_config& config) {
  return std::ranges::any_of(config.labels, [&](const auto& label) {
    return label.first == filter.key && (!filter.has_value || label.second == filter.value);
  });
}

bool uses_volume(const std::string& name, const container_config& config) {
  return std::ranges::any_of(config.volumes, [&](const named_volume& volume) {
    return volume.name == name || volume.destination == name;
  });
}

bool comes_from(const std::string& image, const container_config& config) {
  return config.image_id.starts_with(image) || config.image_name == image ||
         config.image_name == "localhost/" + image || config.image_name == image + ":latest" ||
         config.image_name == "localhost/" + image + ":latest";
}

bool holds(const container_filter& filter, const container_config& config,
           const container_status& status) {
  switch (filter.what) {
  case kind::id:
    return config.id.starts_with(filter.key);
  case kind::name:
    return matches_pattern(filter.key, config.name);
  case kind::label:
    return has_label(filter, config);
  case kind::status:
    return to_string(status.state) == filter.key;
  case kind::volume:
    return uses_volume(filter.key, config);
  case kind::ancestor:
    return comes_from(filter.key, config);
  }
  return false;
}

} // namespace

expected<container_filter> parse_container_filter(const std::string& text) {
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  const auto* known = std::ranges::find(kinds, name, &decltype(kinds)::value_type::first);
  if (equals == std::string::npos || equals + 1 == text.size() || known == kinds.end())
    return fail(error_code::usage, "--filter " + text, "it is not a filter",
                "use id=, name=, label=, status=, volume= or ancestor=");
  container_filter out;
  out.what = known->second;
  out.key = text.substr(equals + 1);
  if (out.what == kind::name)
    if (auto checked = check_name_pattern(out.key, "--filter " + text); !checked)
      return tl::unexpected(checked.error());
  if (out.what == kind::label)
    if (const auto second = out.key.find('='); second != std::string::npos) {
      out.value = out.key.substr(second + 1);
      out.key.resize(second);
      out.has_value = true;
    }
  return out;
}

expected<std::vector<container_filter>>
parse_container_filters(const std::vector<std::string>& texts) {
  std::vector<container_filter> out;
  for (const auto& text : texts) {
    auto filter = parse_container_filter(text);
    if (!filter)
      return tl::unexpected(filter.error());
    out.push_back(std::move(*filter));
  }
  return out;
}

bool matches(const std::vector<container_filter>& filters, const container_config& config,
             const container_status& status) {
  return std::ranges::all_of(filters, [&](const container_filter& filter) {
    if (filter.what == kind::label)
      return has_label(filter, config);
    return std::ranges::any_of(filters, [&](const container_filter& other) {
      return other.what == filter.what && holds(other, config, status);
    });
  });
}

} // namespace floe
