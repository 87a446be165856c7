#include "tools/output.hpp"

#include "tools/console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace floe {

namespace {

constexpr size_t column_gap = 3;

/// Characters as a terminal counts them, near enough: bytes that do not continue a character.
size_t display_width(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

std::string to_text(const json& value) {
  if (value.is_string())
    return value.get<std::string>();
  return value.dump();
}

/// The value of a path as `.State.Status`.
const json* find_path(const json& object, std::string_view path) {
  const json* here = &object;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto key = std::string{path.substr(0, path.find('.'))};
    if (!key.empty()) {
      if (!here->is_object() || !here->contains(key))
        return nullptr;
      here = &here->at(key);
    }
    path.remove_prefix(key.size());
  }
  return here;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

} // namespace

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

table::table(std::vector<std::string> heading) {
  rows_.push_back(std::move(heading));
}

void table::add(std::vector<std::string> row) {
  row.resize(rows_.front().size());
  for (auto& cell : row)
    cell = for_display(cell);
  rows_.push_back(std::move(row));
}

std::string table::render() const {
  std::vector<size_t> widths(rows_.front().size());
  for (const auto& row : rows_)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  std::string out;
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size())
        out.append(widths[i] - display_width(row[i]) + column_gap, ' ');
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

std::string human_size(uint64_t bytes) {
  constexpr std::array units{"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000)
    return fmt::format("{}B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < units.size(); ++unit)
    value /= 1000;
  return fmt::format("{:.3g}{}", value, units.at(unit));
}

std::string human_duration(uint64_t microseconds) {
  const double seconds = static_cast<double>(microseconds) / 1e6;
  if (seconds < 1)
    return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 60)
    return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<uint64_t>(seconds);
  if (whole < 3600)
    return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

std::string human_age(std::chrono::seconds age) {
  const auto seconds = std::max<int64_t>(age.count(), 0);
  const auto amount = [](int64_t count, const char* unit) {
    return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s");
  };
  if (seconds < 60)
    return amount(seconds, "second");
  if (seconds < 3600)
    return amount(seconds / 60, "minute");
  if (seconds < 48 * 3600)
    return amount(seconds / 3600, "hour");
  if (seconds < 14 * 86400)
    return amount(seconds / 86400, "day");
  if (seconds < 60 * 86400)
    return amount(seconds / (7 * 86400), "week");
  if (seconds < 730 * 86400)
    return amount(seconds / (30 * 86400), "month");
  return amount(seconds / (365 * 86400), "year");
}

namespace {

/// Shells pass on `\t` and `\n` as they are.
std::string without_escapes(std::string_view text) {
  std::string out;
  for (; !text.empty(); text.remove_prefix(1))
    if (text.starts_with("\\t") || text.starts_with("\\n")) {
      out += text[1] == 't' ? '\t' : '\n';
      text.remove_prefix(1);
    } else {
      out += text.front();
    }
  return out;
}

} // namespace

expected<std::string> fill_template(std::string_view pattern, const json& object) {
  constexpr std::string_view with_titles = "table ";
  if (pattern.starts_with(with_titles))
    pattern.remove_prefix(with_titles.size());
  std::string out;
  while (!pattern.empty()) {
    const auto begin = std::min(pattern.find("{{"), pattern.size());
    out += without_escapes(pattern.substr(0, begin));
    pattern.remove_prefix(begin);
    if (pattern.empty())
      break;
    const auto end = pattern.find("}}");
    auto inner = trimmed(pattern.substr(2, end == pattern.npos ? 0 : end - 2));
    const bool as_json = inner.starts_with("json ");
    if (as_json)
      inner = trimmed(inner.substr(5));
    if (end == pattern.npos || !inner.starts_with('.') || inner.find(' ') != inner.npos)
      return fail(error_code::usage, "--format",
                  "only {{.Key}} and {{json .Key}} are understood in a template");
    if (const auto* value = find_path(object, inner))
      out += as_json ? value->dump() : to_text(*value);
    else
      out += "<no value>";
    pattern.remove_prefix(end + 2);
  }
  return out;
}

std::string text_of(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object.at(key).is_string())
    return {};
  return object.at(key).get<std::string>();
}

int64_t number_of(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object.at(key).is_number())
    return 0;
  return object.at(key).get<int64_t>();
}

bool flag_of(const json& object, const char* key) {
  return object.is_object() && object.contains(key) && object.at(key).is_boolean() &&
         object.at(key).get<bool>();
}

bool is_mixed(const json& list) {
  return std::ranges::any_of(list, [](const json& each) {
    const auto source = text_of(each, "Source");
    return !source.empty() && source != "native";
  });
}

std::string short_id(const std::string& id) {
  constexpr size_t digits = 12;
  return id.substr(0, digits);
}

std::optional<time_point> known_time(std::string_view text) {
  const auto time = parse_time(text);
  return time == time_point{} ? std::nullopt : time;
}

} // namespace floe
