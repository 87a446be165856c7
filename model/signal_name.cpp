#include "model/signal_name.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace floe {

namespace {

// In the order of their numbers, from 1.
constexpr std::array<std::string_view, 31> names{
    "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1", "SEGV",
    "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN", "TTOU",
    "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS"};
constexpr uint32_t rt_min = 34;
constexpr uint32_t rt_max = 64;

std::optional<uint32_t> number_from(std::string_view text) {
  uint32_t number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

} // namespace

std::optional<uint32_t> signal_from_string(std::string_view text) {
  if (auto number = number_from(text))
    return *number >= 1 && *number <= rt_max ? number : std::nullopt;
  std::string name{text};
  std::ranges::transform(name, name.begin(), [](unsigned char letter) {
    return static_cast<char>(std::toupper(letter));
  });
  if (name.starts_with("SIG"))
    name.erase(0, 3);
  if (auto found = std::ranges::find(names, name); found != names.end())
    return static_cast<uint32_t>(found - names.begin()) + 1;
  if (name == "RTMIN")
    return rt_min;
  if (name == "RTMAX")
    return rt_max;
  auto offset = name.size() > 6 ? number_from(std::string_view{name}.substr(6)) : std::nullopt;
  if (offset && *offset <= rt_max - rt_min && name.starts_with("RTMIN+"))
    return rt_min + *offset;
  if (offset && *offset <= rt_max - rt_min && name.starts_with("RTMAX-"))
    return rt_max - *offset;
  return std::nullopt;
}

std::string signal_name(uint32_t number) {
  if (number >= 1 && number <= names.size())
    return "SIG" + std::string{names[number - 1]};
  return std::to_string(number);
}

} // namespace floe
