// Looks into JSON of others that was not checked member by member: what is absent or of another
// type counts as empty.
#pragma once

#include "model/json.hpp"

#include <string>
#include <utility>
#include <vector>

namespace floe {

inline std::string text_member(const json& object, const char* key) {
  if (!object.is_object())
    return {};
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// The texts of an array; other elements are left out.
inline std::vector<std::string> texts_member(const json& object, const char* key) {
  std::vector<std::string> texts;
  if (!object.is_object())
    return texts;
  auto found = object.find(key);
  if (found != object.end() && found->is_array())
    for (const auto& item : *found)
      if (item.is_string())
        texts.push_back(item.get<std::string>());
  return texts;
}

/// The members of an array, or of nothing.
inline const json& list_member(const json& object, const char* key) {
  static const json empty = json::array();
  if (!object.is_object())
    return empty;
  auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : empty;
}

inline bool flag_member(const json& object, const char* key) {
  if (!object.is_object())
    return false;
  auto found = object.find(key);
  return found != object.end() && *found == json(true);
}

/// The members of an object that are texts.
inline std::vector<std::pair<std::string, std::string>> text_pairs(const json& object) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [key, value] : object.items())
    if (value.is_string())
      texts.emplace_back(key, value.get<std::string>());
  return texts;
}

/// An object with a member for each pair.
inline json object_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  json object = json::object();
  for (const auto& [key, value] : pairs)
    object[key] = value;
  return object;
}

/// A member that is an object, or an empty one.
inline const json& object_member(const json& object, const char* key) {
  static const json empty = json::object();
  if (!object.is_object())
    return empty;
  auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : empty;
}

} // namespace floe
