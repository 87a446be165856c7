#include "tools/option_values.hpp"

#include "model/json.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>

namespace floe {

namespace {

/// Bytes of a unit: its first letter counts, `b`, `B`, `iB` may follow.
std::optional<double> unit_bytes(std::string unit) {
  std::ranges::transform(unit, unit.begin(), [](unsigned char c) { return std::tolower(c); });
  if (unit.empty() || unit == "b")
    return 1;
  constexpr std::string_view letters = "kmgtp";
  const auto power = letters.find(unit[0]);
  const auto rest = unit.substr(1);
  if (power == letters.npos || !(rest.empty() || rest == "b" || rest == "ib"))
    return std::nullopt;
  return std::pow(1024.0, static_cast<double>(power + 1));
}

struct port_range {
  uint32_t first = 0;
  uint32_t last = 0;

  uint32_t count() const { return last - first + 1; }
};

std::optional<port_range> parse_port_range(std::string_view text) {
  constexpr uint32_t port_max = 65535;
  const auto dash = text.find('-');
  const auto read = [](std::string_view digits) -> uint32_t {
    uint32_t port = 0;
    const auto* last = digits.data() + digits.size();
    const auto [end, problem] = std::from_chars(digits.data(), last, port);
    return problem == std::errc{} && end == last && port <= port_max ? port : 0;
  };
  const auto first = read(text.substr(0, dash));
  const auto last = dash == text.npos ? first : read(text.substr(dash + 1));
  if (first == 0 || last < first)
    return std::nullopt;
  return port_range{first, last};
}

bool is_address(std::string text) {
  if (text.starts_with('[') && text.ends_with(']'))
    text = text.substr(1, text.size() - 2);
  in6_addr ignored{};
  return ::inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

/// One or several with commas between, as Podman has it.
bool are_protocols(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  for (size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto protocol = text.substr(begin, end - begin);
    if (protocol != "tcp" && protocol != "udp" && protocol != "sctp")
      return false;
    begin = end + 1;
  }
  return true;
}

} // namespace

std::string fault_of_published_port(const std::string& text) {
  const auto fault = [&](const std::string& why) { return "\"" + text + "\": " + why; };
  const auto slash = text.find('/');
  if (slash != text.npos && !are_protocols(text.substr(slash + 1)))
    return fault("the protocol is one of tcp, udp and sctp");
  auto rest = text.substr(0, slash);
  const auto inside = parse_port_range(rest.substr(rest.rfind(':') + 1));
  if (!inside)
    return fault("a port of the container is a number from 1 to 65535, or a range of them");
  if (rest.find(':') == rest.npos)
    return {};
  rest.erase(rest.rfind(':'));
  const auto before = rest.rfind(':');
  const auto on_host = rest.substr(before + 1);
  const auto outside = parse_port_range(on_host);
  if (!on_host.empty() && !outside)
    return fault("a port of the host is a number from 1 to 65535, or a range of them");
  if (outside && outside->count() != inside->count())
    return fault("both ranges of ports must have the same length");
  if (before != rest.npos && before != 0 && !is_address(rest.substr(0, before)))
    return fault("it does not begin with an address");
  return {};
}

std::optional<uint64_t> parse_size(std::string_view text) {
  double value = 0;
  const auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (problem != std::errc{} || !(value >= 0))
    return std::nullopt;
  const auto unit = unit_bytes({end, text.data() + text.size()});
  constexpr double bytes_max = 9.2e18;
  if (!unit || value * *unit > bytes_max)
    return std::nullopt;
  return static_cast<uint64_t>(value * *unit);
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto* last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, value, std::chars_format::fixed);
  if (problem != std::errc{} || end != last || !(value >= 0) || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::string absolute_volume(const std::string& text) {
  const auto source = text.substr(0, text.find(':'));
  if (!source.starts_with('.') || source.size() == text.size())
    return text;
  std::error_code problem;
  const auto absolute = std::filesystem::absolute(source, problem).lexically_normal().string();
  return problem ? text : absolute + text.substr(source.size());
}

expected<std::vector<std::string>> parse_entrypoint(const std::string& text) {
  if (!text.starts_with('['))
    return std::vector<std::string>{text};
  const auto document = parse_json(text, "--entrypoint");
  if (!document || !document->is_array() ||
      !std::ranges::all_of(*document, [](const json& word) { return word.is_string(); }))
    return fail(error_code::usage, "--entrypoint",
                "it is neither a word nor a JSON array of words");
  return document->get<std::vector<std::string>>();
}

expected<std::vector<std::string>> resolve_environment(const std::vector<std::string>& given) {
  std::vector<std::string> out;
  for (const auto& variable : given) {
    if (variable.empty() || variable.starts_with('='))
      return fail(error_code::usage, "--env", "\"" + variable + "\" has no name");
    if (variable.find('=') != variable.npos)
      out.push_back(variable);
    else if (const char* value = std::getenv(variable.c_str()))
      out.push_back(variable + "=" + value);
  }
  return out;
}

} // namespace floe
