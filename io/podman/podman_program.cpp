#include "io/podman/podman_program.hpp"

#include "io/container/runtime_message.hpp"

#include <string_view>
#include <unistd.h>

namespace floe {

namespace {

constexpr size_t output_bytes_max = size_t{16} << 20;

/// Ours, with the directory of CRIU in front of PATH.
std::vector<std::string> environment_with(const std::string& criu_path) {
  std::vector<std::string> environment;
  for (char** each = ::environ; *each != nullptr; ++each)
    if (!std::string_view{*each}.starts_with("PATH="))
      environment.emplace_back(*each);
  auto search_path = program_search_path();
  if (const auto slash = criu_path.rfind('/'); slash != std::string::npos)
    search_path = criu_path.substr(0, slash) + ":" + search_path;
  environment.push_back("PATH=" + search_path);
  return environment;
}

} // namespace

process_request podman_request(const podman_program& podman, std::vector<std::string> arguments,
                               const std::string& criu_path) {
  process_request request;
  request.arguments = {podman.path};
  for (auto* list : {&podman.global_arguments, &std::as_const(arguments)})
    request.arguments.insert(request.arguments.end(), list->begin(), list->end());
  request.environment = environment_with(criu_path);
  request.output = process_stream::capture(output_bytes_max);
  request.new_session = true;
  return request;
}

namespace {

/// Ends that are no answer become errors.
expected<process_result> answered(expected<process_result> ended, const std::string& subject,
                                  std::chrono::milliseconds limit) {
  if (!ended && ended.error().code == error_code::no_such_file)
    return fail(error_code::no_podman, subject, ended.error().cause);
  if (!ended)
    return ended;
  if (ended->end == process_end::timed_out)
    return fail(error_code::timed_out, subject,
                "podman did not end within " + std::to_string(limit.count() / 1000) + " s");
  if (ended->end == process_end::stopped)
    return fail(error_code::cancelled, subject, "it was cancelled");
  return ended;
}

} // namespace

expected<process_result> try_podman(const podman_program& podman,
                                    std::vector<std::string> arguments,
                                    const std::stop_token& stop) {
  const auto subject = "podman " + arguments.front();
  process_limits limits;
  limits.time = podman_call_limit;
  return answered(run_process(podman_request(podman, std::move(arguments)), limits, stop), subject,
                  limits.time);
}

expected<std::string> call_podman(const podman_program& podman, std::vector<std::string> arguments,
                                  const std::string& subject, error_code code,
                                  const std::stop_token& stop) {
  return podman_output(try_podman(podman, std::move(arguments), stop), subject, code,
                       podman_call_limit);
}

expected<std::string> podman_output(expected<process_result> ended, const std::string& subject,
                                    error_code code, std::chrono::milliseconds limit) {
  auto result = answered(std::move(ended), subject, limit);
  if (!result)
    return tl::unexpected{std::move(result.error())};
  if (!result->succeeded())
    return fail(code, subject, podman_message(*result));
  return std::move(result->output);
}

std::string podman_message(const process_result& result) {
  constexpr std::string_view label = "Error: ";
  const std::string_view text = result.errors;
  auto begin = text.rfind("\nError: ");
  begin = begin != text.npos ? begin + 1 : text.starts_with(label) ? 0 : text.npos;
  std::string message;
  if (begin != text.npos)
    message = text.substr(begin + label.size());
  else
    message = runtime_message(text);
  while (!message.empty() && message.back() == '\n')
    message.pop_back();
  return message.empty() ? describe_end(result) : message;
}

} // namespace floe
