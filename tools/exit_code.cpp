#include "tools/exit_code.hpp"

#include <algorithm>

namespace floe {

namespace {

/// Errors that say what this host lacks: the same command fails here again and again.
bool concerns_host(error_code code) {
  switch (code) {
  case error_code::not_root:
  case error_code::criu_missing:
  case error_code::criu_unusable:
  case error_code::runtime_missing:
  case error_code::runtime_unsupported:
  case error_code::monitor_missing:
  case error_code::unsupported:
  case error_code::no_podman:
    return true;
  default:
    return false;
  }
}

} // namespace

exit_code judge(size_t succeeded, const std::vector<error>& errors) {
  if (errors.empty())
    return exit_code::done;
  const auto code_is = [](error_code wanted) {
    return [wanted](const error& what) { return what.code == wanted; };
  };
  if (std::ranges::any_of(errors, code_is(error_code::deadline_reached)))
    return exit_code::deadline;
  if (succeeded > 0)
    return exit_code::some_failed;
  if (std::ranges::all_of(errors, code_is(error_code::usage)))
    return exit_code::usage;
  if (std::ranges::all_of(errors, concerns_host, &error::code))
    return exit_code::host_unable;
  return exit_code::nothing_done;
}

exit_code judge(const std::vector<operation_result>& results) {
  std::vector<error> errors;
  for (const auto& result : results)
    if (result.status != outcome::done)
      errors.push_back(error_of(result));
  return judge(results.size() - errors.size(), errors);
}

} // namespace floe
