#include "model/export_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace floe {

namespace {

/// Leaves room for the suffixes of temporary and index files within the 255 bytes of a file name.
constexpr size_t name_bytes_max = 200;

bool is_plain(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
}

std::string plain(std::string text) {
  std::ranges::replace_if(
      text, [](char byte) { return !is_plain(byte); }, '_');
  return text;
}

std::optional<std::string> value_of(std::string_view key, const export_subject& subject) {
  if (key == "name")
    return subject.name;
  if (key == "id")
    return subject.id;
  if (key == "short_id")
    return subject.id.substr(0, 12);
  if (key == "image")
    return plain(subject.image_name);
  if (key == "host")
    return plain(subject.host);
  if (key == "timestamp")
    return subject.timestamp;
  return std::nullopt;
}

tl::unexpected<error> bad_pattern(std::string_view pattern, std::string cause) {
  return fail(error_code::usage, fmt::format("--export-name {}", pattern), std::move(cause),
              "use {name}, {id}, {short_id}, {image}, {host} and {timestamp}");
}

expected<std::string> fill(std::string_view pattern, const export_subject& subject) {
  std::string filled;
  for (size_t at = 0; at < pattern.size(); ++at) {
    const char byte = pattern[at];
    if (byte != '{' && byte != '}') {
      filled += byte;
      continue;
    }
    if (at + 1 < pattern.size() && pattern[at + 1] == byte) {
      filled += byte;
      ++at;
      continue;
    }
    const size_t close = pattern.find('}', at);
    if (byte == '}' || close == std::string_view::npos)
      return bad_pattern(pattern, "a brace has no partner");
    const auto key = pattern.substr(at + 1, close - at - 1);
    const auto value = value_of(key, subject);
    if (!value)
      return bad_pattern(pattern, fmt::format("there is nothing called {{{}}}", key));
    filled += *value;
    at = close;
  }
  return filled;
}

} // namespace

expected<std::string> export_file_name(std::string_view pattern, const export_subject& subject) {
  auto filled = fill(pattern, subject);
  if (!filled)
    return filled;
  if (filled->empty() || *filled == "." || *filled == "..")
    return bad_pattern(pattern, fmt::format("it gives no file name: \"{}\"", *filled));
  if (filled->find('/') != std::string::npos)
    return bad_pattern(pattern, "a file name cannot hold a slash; --export-dir says the directory");
  if (std::ranges::any_of(*filled,
                          [](char byte) { return static_cast<unsigned char>(byte) < 0x20; }))
    return bad_pattern(pattern, "it gives a file name with control characters");
  if (filled->size() > name_bytes_max)
    return bad_pattern(pattern, fmt::format("it gives a name of {} bytes, more than {}",
                                            filled->size(), name_bytes_max));
  return filled;
}

expected<std::vector<std::string>> export_file_names(std::string_view pattern,
                                                     const std::vector<export_subject>& subjects) {
  std::vector<std::string> names;
  std::map<std::string, const export_subject*> owners;
  for (const auto& subject : subjects) {
    auto name = export_file_name(pattern, subject);
    if (!name) {
      name.error().cause += fmt::format(" for container {}", subject.name);
      return tl::unexpected{std::move(name.error())};
    }
    const auto [owner, is_new] = owners.emplace(*name, &subject);
    if (!is_new)
      return fail(error_code::usage, fmt::format("--export-name {}", pattern),
                  fmt::format("containers {} and {} would both be written to {}",
                              owner->second->name, subject.name, *name),
                  "tell them apart with {id} in the pattern");
    names.push_back(std::move(*name));
  }
  return names;
}

} // namespace floe
