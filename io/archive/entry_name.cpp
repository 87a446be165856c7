#include "io/archive/entry_name.hpp"

#include <fmt/format.h>

namespace floe {

namespace {
constexpr size_t shown_bytes_max = 200;
constexpr size_t component_bytes_max = 255; // NAME_MAX
} // namespace

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char character : name.substr(0, shown_bytes_max)) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte == '"' || byte == '\\')
      out += std::string{'\\', character};
    else if (byte < 0x20 || byte >= 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += character;
  }
  return out + (name.size() > shown_bytes_max ? "\"..." : "\"");
}

tl::expected<std::string, std::string> clean_entry_name(std::string_view name) {
  if (name.empty())
    return tl::unexpected<std::string>{"its name is empty"};
  if (name.front() == '/')
    return tl::unexpected<std::string>{"its name is absolute"};
  if (name.find('\0') != std::string_view::npos)
    return tl::unexpected<std::string>{"its name has a NUL byte"};
  std::string out;
  while (!name.empty()) {
    const auto component = name.substr(0, name.find('/'));
    name.remove_prefix(std::min(component.size() + 1, name.size()));
    if (component.empty() || component == ".")
      continue;
    if (component == "..")
      return tl::unexpected<std::string>{"its name has a \"..\""};
    if (component.size() > component_bytes_max)
      return tl::unexpected<std::string>{"a component of its name is longer than 255 bytes"};
    if (!out.empty())
      out += '/';
    out += component;
  }
  return out;
}

} // namespace floe
