// How results look: tables, sizes, times and templates.
#pragma once

#include "model/container.hpp"
#include "model/json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace floe {

std::vector<std::string> lines_of(std::string_view text);

/// Columns as wide as their widest cell, three spaces apart; the first row is the heading.
class table {
 public:
  explicit table(std::vector<std::string> heading);
  void add(std::vector<std::string> row); ///< as many cells as the heading has
  /// With a newline behind each row.
  std::string render() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// `512B`, `1.5kB`, `12.3MB`: powers of 1000, as Podman writes sizes.
std::string human_size(uint64_t bytes);

/// `85 ms`, `3.2 s`, `4 min 10 s`.
std::string human_duration(uint64_t microseconds);

/// `5 seconds`, `3 minutes`, `2 hours` …: how long ago, without "ago".
std::string human_age(std::chrono::seconds age);

/// Fills `{{.Key}}`, `{{.Outer.Inner}}` and `{{json .Key}}` from an object. Keys that are not there
/// give `<no value>`; `\t` and `\n` are what they stand for, and a `table ` before it, which asks
/// for titles, is left out. Errors: usage for anything else between the braces.
expected<std::string> fill_template(std::string_view pattern, const json& object);

/// Members of documents, empty or zero if they are absent or of another type.
std::string text_of(const json& object, const char* key);
int64_t number_of(const json& object, const char* key);
bool flag_of(const json& object, const char* key);

/// Whether documents with the key `Source` are of others than floe alone: where nobody else runs
/// containers there is nothing to tell apart.
bool is_mixed(const json& list);

/// An id as people see it: its first 12 digits.
std::string short_id(const std::string& id);

/// A time in RFC 3339; nothing for anything else and for Go's zero time.
std::optional<time_point> known_time(std::string_view text);

} // namespace floe
