#include "model/json.hpp"

#include <simdjson.h>

#include <set>
#include <utility>

namespace floe {

namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

tl::unexpected<error> refuse(std::string_view subject, std::string cause) {
  return fail(error_code::archive_refused, std::string{subject}, std::move(cause));
}

expected<json> convert(element value, std::string_view subject);

expected<json> convert_object(simdjson::dom::object object, std::string_view subject) {
  json out = json::object();
  std::set<std::string_view> seen;
  for (auto [key, value] : object) {
    if (!seen.insert(key).second)
      return refuse(subject, "it has the key \"" + std::string{key} + "\" twice");
    auto converted = convert(value, subject);
    if (!converted)
      return converted;
    out.get_ref<json::object_t&>().emplace_back(std::string{key}, std::move(*converted));
  }
  return out;
}

expected<json> convert_array(simdjson::dom::array array, std::string_view subject) {
  json out = json::array();
  for (auto value : array) {
    auto converted = convert(value, subject);
    if (!converted)
      return converted;
    out.push_back(std::move(*converted));
  }
  return out;
}

expected<json> convert(element value, std::string_view subject) {
  switch (value.type()) {
  case element_type::OBJECT:
    return convert_object(value.get_object().value_unsafe(), subject);
  case element_type::ARRAY:
    return convert_array(value.get_array().value_unsafe(), subject);
  case element_type::STRING:
    return json(std::string{value.get_string().value_unsafe()});
  case element_type::INT64:
    return json(value.get_int64().value_unsafe());
  case element_type::UINT64:
    return json(value.get_uint64().value_unsafe());
  case element_type::DOUBLE:
    return json(value.get_double().value_unsafe());
  case element_type::BOOL:
    return json(value.get_bool().value_unsafe());
  case element_type::NULL_VALUE:
    return json(nullptr);
  }
  return refuse(subject, "it has a value of an unknown type");
}

void escape_html(std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (char character : text) {
    switch (character) {
    case '<':
      out += "\\u003c";
      break;
    case '>':
      out += "\\u003e";
      break;
    case '&':
      out += "\\u0026";
      break;
    default:
      out += character;
    }
  }
  text = std::move(out);
}

} // namespace

expected<json> parse_json(std::string_view text, std::string subject, json_limits limits) {
  if (text.size() > limits.bytes_max)
    return refuse(subject, "it is larger than " + std::to_string(limits.bytes_max) + " bytes");
  simdjson::dom::parser parser{limits.bytes_max};
  if (auto code = parser.allocate(std::max<size_t>(text.size(), 64), limits.depth_max))
    return refuse(subject, simdjson::error_message(code));
  simdjson::padded_string padded{text};
  element root;
  if (auto code = parser.parse(padded).get(root))
    return refuse(subject, std::string{"it is not valid JSON: "} + simdjson::error_message(code));
  return convert(root, subject);
}

std::string dump_json(const json& document) {
  auto text = document.dump(2, ' ', false, json::error_handler_t::replace);
  escape_html(text);
  return text;
}

} // namespace floe
