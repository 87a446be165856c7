#include "io/podman/podman_host.hpp"

#include "io/container/runc_runtime.hpp"
#include "io/posix/process.hpp"

#include <string_view>
#include <unistd.h>

namespace floe {

namespace {

constexpr size_t output_bytes_max = size_t{16} << 20;

/// This process's environment, but PATH begins with CRIU's directory: Podman and the runtimes that
/// it starts look for `criu` there.
std::vector<std::string> podman_environment(const std::string& criu_path) {
  std::vector<std::string> variables;
  for (char** variable = ::environ; *variable != nullptr; ++variable)
    if (!std::string_view{*variable}.starts_with("PATH="))
      variables.emplace_back(*variable);
  auto search_path = program_search_path();
  if (const auto slash = criu_path.rfind('/'); slash != std::string::npos)
    search_path = criu_path.substr(0, slash) + ":" + search_path;
  variables.push_back("PATH=" + search_path);
  return variables;
}

/// The last line that is an error of Podman's, without its word for that.
std::string podman_message(const std::string& errors) {
  std::string message;
  for (size_t begin = 0; begin < errors.size();) {
    const auto end = std::min(errors.find('\n', begin), errors.size());
    if (end > begin)
      message = errors.substr(begin, end - begin);
    begin = end + 1;
  }
  constexpr std::string_view word = "Error: ";
  return message.starts_with(word) ? message.substr(word.size()) : message;
}

} // namespace

expected<std::unique_ptr<podman_host>> podman_host::open(const podman_overrides& overrides,
                                                         std::string criu_path) {
  auto settings = find_podman(overrides);
  if (!settings)
    return tl::unexpected{std::move(settings.error())};
  return std::unique_ptr<podman_host>{new podman_host{std::move(*settings), std::move(criu_path)}};
}

expected<oci_runtime*> podman_host::runtime(const std::string& name_or_path) {
  const std::lock_guard guard{mutex_};
  const auto& wanted = name_or_path.empty() ? settings_.runtime : name_or_path;
  auto& known = runtimes_[wanted];
  if (!known) {
    auto path = settings_.runtime_program(wanted);
    if (path.empty())
      return fail(error_code::runtime_missing, "runtime " + wanted, "it is not installed",
                  "install it: Podman's container was made with it");
    known = make_placed_runtime(std::move(path), {"", settings_.cgroup_manager == "systemd"},
                                criu_path_);
  }
  return known.get();
}

expected<std::string> podman_host::run(std::vector<std::string> arguments,
                                       const std::string& subject, std::chrono::milliseconds limit,
                                       const std::stop_token& stop) const {
  process_request request;
  request.arguments = {settings_.program};
  for (auto& argument : settings_.global_arguments())
    request.arguments.push_back(std::move(argument));
  for (auto& argument : arguments)
    request.arguments.push_back(std::move(argument));
  request.environment = podman_environment(criu_path_);
  request.output = process_stream::capture(output_bytes_max);
  process_limits limits;
  limits.time = limit;
  auto result = run_process(request, limits, stop);
  if (!result)
    return tl::unexpected{std::move(result.error())};
  if (result->end == process_end::stopped)
    return fail(error_code::cancelled, subject, "it was cancelled");
  if (result->end == process_end::timed_out)
    return fail(error_code::timed_out, subject,
                "podman did not end within " + std::to_string(limit.count()) + " ms");
  if (!result->succeeded()) {
    auto message = podman_message(result->errors);
    return fail(error_code::runtime_failed, subject,
                "podman: " + (message.empty() ? describe_end(*result) : message));
  }
  return std::move(result->output);
}

} // namespace floe
