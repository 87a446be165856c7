// The `process` object of a container's specification.
#include "model/capabilities.hpp"
#include "model/oci_spec.hpp"
#include "model/text.hpp"

#include <algorithm>

namespace floe {

namespace {

/// Entrypoint and command, of the user or else of the image. An entrypoint of the user hides the
/// image's command, which was meant for the image's entrypoint.
std::vector<std::string> arguments_of(const spec_request& request) {
  const auto& options = request.options;
  bool own_entrypoint = options.clear_entrypoint || !options.entrypoint.empty();
  auto arguments = own_entrypoint ? options.entrypoint : request.image.entrypoint;
  const auto& command =
      !options.command.empty() || own_entrypoint ? options.command : request.image.command;
  arguments.insert(arguments.end(), command.begin(), command.end());
  return arguments;
}

/// Sets a variable, replacing an older value in its place.
void set_variable(std::vector<std::string>& environment, const std::string& entry) {
  auto name = entry.substr(0, entry.find('=') + 1);
  auto old = std::ranges::find_if(
      environment, [&](const std::string& known) { return known.starts_with(name); });
  if (old != environment.end())
    *old = entry;
  else
    environment.push_back(entry);
}

expected<std::vector<std::string>> environment_of(const spec_request& request) {
  std::vector<std::string> environment{
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
      "container=floe"};
  for (const auto* list : {&request.image.environment, &request.options.environment})
    for (const auto& entry : *list) {
      if (!split_key_value(entry) || entry.find('\0') != std::string::npos)
        return fail(error_code::usage, "environment variable " + entry, "it is not NAME=VALUE");
      set_variable(environment, entry);
    }
  return environment;
}

bool is_root(const std::string& user) {
  auto name = user.substr(0, user.find(':'));
  return name.empty() || name == "root" || name == "0";
}

/// Who is not root starts without capabilities, but may gain those of the bounding set; what was
/// added explicitly is kept across execve.
expected<json> capabilities_of(const spec_request& request) {
  const auto& options = request.options;
  auto all = container_capabilities(options.cap_add, options.cap_drop, options.privileged,
                                    request.host.capabilities);
  if (!all)
    return tl::unexpected{all.error()};
  json sets{{"bounding", *all}};
  if (is_root(options.user.empty() ? request.image.user : options.user)) {
    sets["effective"] = *all;
    sets["permitted"] = *all;
    return sets;
  }
  json kept = json::array();
  for (const auto& name : options.cap_add)
    if (auto known = normalise_capability(name);
        known && std::ranges::find(*all, *known) != all->end())
      kept.push_back(*known);
  for (const auto* set : {"effective", "inheritable", "permitted", "ambient"})
    if (!kept.empty())
      sets[set] = kept;
  return sets;
}

expected<json> limits_of(const spec_request& request) {
  std::vector<ulimit> wanted;
  for (const auto& text : request.options.ulimits) {
    auto parsed = parse_ulimit(text);
    if (!parsed)
      return tl::unexpected{parsed.error()};
    wanted.push_back(*parsed);
  }
  auto limits = container_ulimits(std::move(wanted), request.host.ceilings);
  if (!limits)
    return tl::unexpected{limits.error()};
  json out = json::array();
  for (const auto& limit : *limits)
    out.push_back({{"type", limit.type}, {"hard", limit.hard}, {"soft", limit.soft}});
  return out;
}

} // namespace

expected<json> make_process(const spec_request& request) {
  const auto& options = request.options;
  auto arguments = arguments_of(request);
  if (arguments.empty() || arguments[0].empty())
    return fail(error_code::usage, "container " + options.name,
                "there is no command to run, neither given nor in the image",
                "name one behind the image");
  auto environment = environment_of(request);
  if (!environment)
    return tl::unexpected{environment.error()};
  auto capabilities = capabilities_of(request);
  if (!capabilities)
    return capabilities;
  auto limits = limits_of(request);
  if (!limits)
    return limits;
  auto directory = options.working_directory.empty() ? request.image.working_directory
                                                     : options.working_directory;
  if (directory.empty())
    directory = "/";
  if (!directory.starts_with('/'))
    return fail(error_code::usage, "working directory " + directory, "it is not absolute");
  json process = json::object();
  if (options.terminal)
    process["terminal"] = true;
  // Who that is in the container is found out when it starts.
  process["user"] = {{"uid", 0}, {"gid", 0}, {"umask", 022}};
  process["args"] = std::move(arguments);
  process["env"] = std::move(*environment);
  process["cwd"] = clean_path(directory);
  process["capabilities"] = std::move(*capabilities);
  process["rlimits"] = std::move(*limits);
  return process;
}

} // namespace floe
