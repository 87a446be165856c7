// JSON as floe reads and writes it: strict and bounded on the way in (simdjson), Podman's layout on
// the way out.
#pragma once

#include "model/error.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace floe {

/// Keeps the order of keys: documents of others are passed on as they came.
using json = nlohmann::ordered_json;

/// What a document from a stranger may cost.
struct json_limits {
  size_t bytes_max = size_t{16} << 20;
  size_t depth_max = 64;
};

/// Parses one document. Refuses invalid UTF-8, numbers outside of double's range, duplicate keys,
/// and what exceeds the limits. \p subject names the document in the error, whose code is
/// error_code::archive_refused.
expected<json> parse_json(std::string_view text, std::string subject, json_limits limits = {});

/// Two-space indentation, no newline at the end, `<`, `>` and `&` escaped: behaviours.md
/// section 1.2.
std::string dump_json(const json& document);

} // namespace floe
