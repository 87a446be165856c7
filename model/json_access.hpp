// Looks into JSON of others that was not checked member by member: what is absent or of another
// type counts as empty.
#pragma once

#include "model/json.hpp"

#include <string>
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

/// A member that is an object, or an empty one.
inline const json& object_member(const json& object, const char* key) {
  static const json empty = json::object();
  if (!object.is_object())
    return empty;
  auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : empty;
}

} // namespace floe
