#include "io/container/criu_program.hpp"

#include "io/posix/process.hpp"

#include <array>
#include <charconv>

namespace floe {

namespace {

// Where the set-up script puts a CRIU when the system's one does not work.
constexpr auto own_criu = "/opt/floe/criu/bin/criu";
constexpr std::chrono::seconds version_limit{20};

std::string locate(const std::string& configured) {
  if (!configured.empty())
    return find_program(configured, program_search_path());
  auto own = find_program(own_criu, {});
  return own.empty() ? find_program("criu", program_search_path()) : own;
}

} // namespace

std::optional<uint32_t> parse_criu_version(std::string_view output) {
  constexpr std::string_view label = "Version: ";
  auto begin = output.find(label);
  if (begin == output.npos)
    return std::nullopt;
  auto text = output.substr(begin + label.size());
  std::array<uint32_t, 3> parts{};
  for (auto& part : parts) {
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (failure != std::errc{} || part > 9'999)
      return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (!text.starts_with('.'))
      break;
    text.remove_prefix(1);
  }
  return parts[0] * 10'000 + parts[1] * 100 + parts[2];
}

expected<criu_program> find_criu(const std::string& configured) {
  criu_program found{locate(configured), 0};
  if (found.path.empty())
    return fail(error_code::criu_missing, configured.empty() ? "CRIU" : "CRIU " + configured,
                "it is not installed", "install criu, or name one with --criu");
  process_request request;
  request.arguments = {found.path, "--version"};
  process_limits limits;
  limits.time = version_limit;
  auto result = run_process(request, limits);
  if (!result)
    return fail(error_code::criu_unusable, "CRIU " + found.path, describe(result.error()));
  auto version = parse_criu_version(result->output);
  if (!result->succeeded() || !version)
    return fail(error_code::criu_unusable, "CRIU " + found.path,
                "it does not say its version: " + describe_end(*result));
  if (*version < criu_version_min)
    return fail(error_code::criu_unusable, "CRIU " + found.path,
                "checkpoint/restore requires at least CRIU " + std::to_string(criu_version_min) +
                    ", this is " + std::to_string(*version),
                "install a newer one, or name it with --criu");
  found.version = *version;
  return found;
}

} // namespace floe
