#include "io/podman/podman_queries.hpp"

#include "model/json_access.hpp"
#include "model/names.hpp"

#include <fmt/format.h>

#include <sstream>

namespace floe {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    if (!line.empty())
      lines.push_back(line);
  return lines;
}

/// The array that an `inspect` prints.
expected<json> parse_answer(const std::string& text, const std::string& subject) {
  auto document = parse_json(text, subject);
  if (!document)
    return fail(error_code::no_podman, subject, "its answer is no JSON: " + document.error().cause);
  return document;
}

/// The id of a local image; empty if there is none of that name.
expected<std::string> image_id(const podman_program& podman, const std::string& name,
                               const std::stop_token& stop) {
  if (name.empty() || name.starts_with('-'))
    return std::string{};
  auto asked = try_podman(podman, {"image", "inspect", "--format", "{{.Id}}", name}, stop);
  if (!asked)
    return tl::unexpected{std::move(asked.error())};
  const auto lines = lines_of(asked->output);
  const bool known = asked->succeeded() && lines.size() == 1 && is_id(lines.front());
  return known ? lines.front() : std::string{};
}

} // namespace

expected<podman_image> choose_podman_image(const podman_program& podman, const std::string& id,
                                           const std::string& name, const std::stop_token& stop) {
  auto named = image_id(podman, name, stop);
  if (!named)
    return tl::unexpected{std::move(named.error())};
  if (!named->empty() && *named == id)
    return podman_image{id, name};
  auto wanted = image_id(podman, id, stop);
  if (!wanted)
    return tl::unexpected{std::move(wanted.error())};
  if (!wanted->empty())
    return podman_image{*wanted, *wanted};
  if (!named->empty())
    return podman_image{*named, name};
  const bool is_local = name.empty() || name.starts_with("localhost/"); // no registry has it
  return fail(error_code::no_such_image, "image " + (name.empty() ? id.substr(0, 12) : name),
              fmt::format("the image of the container ({}) is not in Podman's storage here",
                          id.substr(0, 12)),
              is_local ? "load it with podman load, or make it anew"
                       : "get it with podman pull " + name);
}

namespace {

/// Podman takes a label for a line of comma-separated values.
std::string quoted_field(const std::string& text) {
  std::string quoted{'"'};
  for (const char each : text)
    quoted += each == '"' ? std::string{"\"\""} : std::string{each};
  return quoted + '"';
}

} // namespace

expected<void> create_podman_volume(const podman_program& podman, const volume_details& volume,
                                    const std::stop_token& stop) {
  std::vector<std::string> arguments{"volume", "create"};
  for (const auto& [key, value] : volume.labels)
    arguments.push_back("--label=" + quoted_field(key + "=" + value));
  for (const auto& [key, value] : volume.options)
    arguments.push_back("--opt=" + key + "=" + value);
  arguments.insert(arguments.end(), {"--", volume.name});
  auto made = try_podman(podman, std::move(arguments), stop);
  if (!made)
    return tl::unexpected{std::move(made.error())};
  if (made->succeeded())
    return {};
  const auto message = podman_message(*made);
  if (message.find("already exists") == std::string::npos)
    return fail(error_code::runtime_failed, "podman volume create " + volume.name, message);
  return volume_is_there(volume.name);
}

expected<std::string> hold_podman_volume(const podman_program& podman, const std::string& name,
                                         const std::stop_token& stop) {
  const auto subject = "podman volume mount " + name;
  auto answer = call_podman(podman, {"volume", "mount", "--", name}, subject,
                            error_code::runtime_failed, stop);
  if (!answer)
    return answer;
  auto lines = lines_of(*answer);
  if (lines.size() != 1 || !lines.front().starts_with('/'))
    return fail(error_code::runtime_failed, subject, "it does not say where that is");
  return std::move(lines.front());
}

expected<void> release_podman_volume(const podman_program& podman, const std::string& name) {
  return call_podman(podman, {"volume", "unmount", "--", name}, "podman volume unmount " + name,
                     error_code::runtime_failed)
      .map([](const std::string&) {});
}

tl::unexpected<error> volume_is_there(const std::string& name) {
  return fail(error_code::volume_exists, "volume " + name,
              fmt::format("volume with name {} already exists", name),
              "remove the volume, or use --ignore-volumes");
}

expected<json> inspect_pod(const podman_program& podman, const std::string& name_or_id,
                           const std::stop_token& stop) {
  auto answer = call_podman(podman, {"pod", "inspect", "--", name_or_id}, "pod " + name_or_id,
                            error_code::no_such_pod, stop);
  if (!answer && answer.error().code == error_code::no_such_pod)
    answer.error().advice = "`floe pod ls` lists them; podman pod create makes one";
  if (!answer)
    return tl::unexpected{std::move(answer.error())};
  auto pod = parse_answer(*answer, "podman pod inspect");
  if (pod && pod->is_array() && pod->size() == 1) // as newer ones have it
    pod = json{pod->front()};
  if (pod && !is_id(text_member(*pod, "Id")))
    return fail(error_code::no_podman, "podman pod inspect", "it does not say the id of the pod");
  return pod;
}

} // namespace floe
