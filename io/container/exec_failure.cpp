#include "io/container/exec_failure.hpp"

#include "io/container/runtime_message.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace floe {

namespace {

/// In Podman's order: a program that may not be looked for has not been found either.
constexpr std::array refusals{
    std::pair{std::string_view{"permission denied"}, exec_refusal::not_executable},
    std::pair{std::string_view{"operation not permitted"}, exec_refusal::not_executable},
    std::pair{std::string_view{"exec format error"}, exec_refusal::not_executable},
    std::pair{std::string_view{"executable file not found in"}, exec_refusal::not_found},
    std::pair{std::string_view{"no such file or directory"}, exec_refusal::not_found},
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return text;
}

} // namespace

std::vector<std::string> with_runtime_log(std::vector<std::string> arguments,
                                          const std::string& path) {
  if (!arguments.empty())
    arguments.insert(arguments.begin() + 1, {"--log", path, "--log-format", "json"});
  return arguments;
}

std::optional<exec_failure> exec_failure_in(std::string_view log, const std::string& subject) {
  const auto message = runtime_message(log);
  if (message.empty())
    return std::nullopt;
  exec_failure failure{exec_refusal::other,
                       runtime_error(subject, message, error_code::runtime_failed)};
  const auto text = lower(message);
  for (const auto& [sign, what] : refusals)
    if (text.find(sign) != text.npos) {
      failure.what = what;
      break;
    }
  return failure;
}

} // namespace floe
