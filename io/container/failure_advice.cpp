#include "io/container/failure_advice.hpp"

#include <algorithm>
#include <array>

namespace floe {

namespace {

struct known_failure {
  std::string_view text; ///< a part of the message
  std::string_view advice;
};

constexpr std::array failures{
    known_failure{"Connected TCP socket", "use --tcp-established"},
    known_failure{"file locks", "use --file-locks"},
    known_failure{"no secret with name or id", "make that secret first: podman secret create"},
    known_failure{"no such secret", "make that secret first: podman secret create"},
    known_failure{"unable to find network", "make that network first: podman network create"},
    known_failure{"network not found", "make that network first: podman network create"},
    known_failure{"ddress already in use",
                  "stop what listens there, or publish other ports with --publish"},
    known_failure{"requested ip address", "use --ignore-static-ip"},
    known_failure{"requested static ip", "use --ignore-static-ip"},
    known_failure{"Can't fork for", "a process in the pid namespace of its pod has its number, as "
                                    "one that nobody has waited for: start the pod's infra "
                                    "container anew and try again"},
};

} // namespace

std::string advice_on_failure(std::string_view message) {
  const auto* known = std::ranges::find_if(failures, [message](const known_failure& failure) {
    return message.find(failure.text) != message.npos;
  });
  return known == failures.end() ? std::string{} : std::string{known->advice};
}

std::string advice_with_log(std::string advice, const std::string& log_path) {
  if (log_path.empty())
    return advice;
  return advice + (advice.empty() ? "see " : "; see ") + log_path;
}

} // namespace floe
