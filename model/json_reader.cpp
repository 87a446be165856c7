#include "model/json_reader.hpp"

namespace floe {

json_reader::json_reader(const json& document, std::string subject)
    : document_{document}, subject_{std::move(subject)} {
  if (!document_.is_object())
    problem_ = "it is not a JSON object";
}

const json* json_reader::find(const char* key) {
  if (!document_.is_object())
    return nullptr;
  seen_.insert(key);
  auto found = document_.find(key);
  return found == document_.end() || found->is_null() ? nullptr : &*found;
}

void json_reader::read(const char* key, std::string& into) {
  auto* value = find(key);
  if (value == nullptr)
    return;
  if (!value->is_string())
    return refuse(key, "is not a text");
  const auto& text = value->get_ref<const std::string&>();
  // Every text may end in a path or an argument, where a NUL would cut it.
  if (text.find('\0') != std::string::npos)
    return refuse(key, "has a NUL in it");
  into = text;
}

void json_reader::read(const char* key, bool& into) {
  if (auto* value = find(key)) {
    if (!value->is_boolean())
      return refuse(key, "is neither true nor false");
    into = value->get<bool>();
  }
}

void json_reader::read(const char* key, std::vector<std::string>& into) {
  auto* value = find(key);
  if (value == nullptr)
    return;
  if (!value->is_array())
    return refuse(key, "is not a list");
  into.clear();
  for (const auto& item : *value) {
    if (!item.is_string() || item.get_ref<const std::string&>().find('\0') != std::string::npos)
      return refuse(key, "is not a list of texts");
    into.push_back(item.get<std::string>());
  }
}

void json_reader::read(const char* key, std::vector<std::pair<std::string, std::string>>& into) {
  auto* value = find(key);
  if (value == nullptr)
    return;
  if (!value->is_object())
    return refuse(key, "is not an object");
  into.clear();
  for (const auto& [name, item] : value->items()) {
    if (!item.is_string() || item.get_ref<const std::string&>().find('\0') != std::string::npos)
      return refuse(key, "has a member that is not a text");
    into.emplace_back(name, item.get<std::string>());
  }
}

int64_t json_reader::integer(const char* key, const json& value, int64_t least, uint64_t most) {
  if (!value.is_number_integer()) {
    refuse(key, "is not a whole number");
    return 0;
  }
  // Parsed numbers are unsigned only beyond the range of int64_t, made ones may be either.
  auto in_range =
      value.is_number_unsigned()
          ? value.get<uint64_t>() <= most
          : value.get<int64_t>() >= least &&
                (value.get<int64_t>() < 0 || static_cast<uint64_t>(value.get<int64_t>()) <= most);
  if (!in_range) {
    refuse(key, "is out of range");
    return 0;
  }
  return value.is_number_unsigned() ? static_cast<int64_t>(value.get<uint64_t>())
                                    : value.get<int64_t>();
}

void json_reader::refuse(std::string_view key, std::string_view cause) {
  if (problem_.empty())
    problem_ = "its " + std::string{key} + " " + std::string{cause};
}

json json_reader::rest() const {
  json left = json::object();
  if (document_.is_object())
    for (const auto& [key, value] : document_.items())
      if (!seen_.contains(key))
        left[key] = value;
  return left;
}

expected<void> json_reader::finish() const {
  if (!problem_.empty())
    return fail(error_code::archive_refused, subject_, problem_);
  return {};
}

} // namespace floe
