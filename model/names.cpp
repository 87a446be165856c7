#include "model/names.hpp"

#include <algorithm>

namespace floe {

namespace {

bool is_alphanumeric(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9');
}

} // namespace

bool is_id(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char digit) {
           return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
         });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && is_alphanumeric(text[0]) &&
         std::ranges::all_of(text, [](char character) {
           return is_alphanumeric(character) || character == '_' || character == '.' ||
                  character == '-';
         });
}

} // namespace floe
