#include "model/oci_spec.hpp"

#include "model/signal_name.hpp"
#include "model/text.hpp"

#include <algorithm>
#include <map>

namespace floe {

namespace {

std::string hostname_of(const spec_request& request) {
  if (!request.options.hostname.empty())
    return request.options.hostname;
  // A container in the host's network goes by the host's name.
  if (request.options.network == "host")
    return request.host.hostname;
  return request.id.substr(0, 12);
}

expected<void> check_hostname(const std::string& name) {
  bool valid = name.size() <= 64 && !name.starts_with('-') && !name.starts_with('.') &&
               std::ranges::all_of(name, [](char letter) {
                 return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                        (letter >= '0' && letter <= '9') || letter == '-' || letter == '.';
               });
  if (!valid)
    return fail(error_code::usage, "hostname " + name,
                "it has other characters than letters, digits, - and ., or more than 64");
  return {};
}

expected<json> make_annotations(const spec_request& request, uint32_t stop_signal) {
  const auto& options = request.options;
  auto flag = [](bool value) { return value ? "TRUE" : "FALSE"; };
  std::map<std::string, std::string> all{
      {"io.container.manager", "libpod"},
      {"io.kubernetes.cri-o.Created", request.created},
      {"io.kubernetes.cri-o.TTY", options.terminal ? "true" : "false"},
      {"io.podman.annotations.autoremove", flag(options.auto_remove)},
      {"io.podman.annotations.init", "FALSE"},
      {"io.podman.annotations.privileged", flag(options.privileged)},
      {"io.podman.annotations.publish-all", "FALSE"},
      {"org.opencontainers.image.stopSignal", std::to_string(stop_signal)}};
  for (const auto& text : options.annotations) {
    auto pair = split_key_value(text);
    if (!pair)
      return fail(error_code::usage, "annotation " + text, "it is not KEY=VALUE");
    all[pair->first] = pair->second;
  }
  json out = json::object();
  for (auto& [key, value] : all)
    out[key] = std::move(value);
  return out;
}

expected<uint32_t> stop_signal_of(const spec_request& request) {
  const auto& text =
      request.options.stop_signal.empty() ? request.image.stop_signal : request.options.stop_signal;
  if (text.empty())
    return 15u;
  auto number = signal_from_string(text);
  if (!number)
    return fail(error_code::usage, "stop signal " + text, "there is no such signal");
  return *number;
}

expected<std::vector<std::pair<std::string, std::string>>> labels_of(const spec_request& request) {
  std::map<std::string, std::string> all{request.image.labels.begin(), request.image.labels.end()};
  for (const auto& text : request.options.labels) {
    // `--label KEY` is a label with an empty value.
    auto pair = split_key_value(text);
    if (!pair && (text.empty() || text.starts_with('=')))
      return fail(error_code::usage, "label " + text, "it is not KEY=VALUE");
    if (pair)
      all[pair->first] = pair->second;
    else
      all[text] = "";
  }
  return std::vector<std::pair<std::string, std::string>>{all.begin(), all.end()};
}

/// Keys that floe does not use itself, and that libpod reads.
json further_keys(const spec_request& request, const json& spec) {
  const auto& options = request.options;
  json rest = json::object();
  if (options.working_directory.empty() && !request.image.working_directory.empty())
    rest["createWorkingDir"] = true;
  if (!request.image.entrypoint.empty() && options.entrypoint.empty() && !options.clear_entrypoint)
    rest["entrypoint"] = request.image.entrypoint;
  else if (!options.entrypoint.empty())
    rest["entrypoint"] = options.entrypoint;
  rest["command"] = options.command.empty() ? spec["process"]["args"] : json(options.command);
  if (!options.groups.empty())
    rest["groups"] = options.groups;
  rest["umask"] = "0022";
  rest["passwd"] = true;
  return rest;
}

} // namespace

expected<json> make_spec(const spec_request& request) {
  const auto& options = request.options;
  if (options.network != "none" && options.network != "host" && !options.network.empty())
    return fail(error_code::usage, "network " + options.network, "it is not known",
                "use --network none or --network host");
  auto hostname = hostname_of(request);
  if (auto checked = check_hostname(hostname); !checked)
    return tl::unexpected{checked.error()};
  auto stop_signal = stop_signal_of(request);
  if (!stop_signal)
    return tl::unexpected{stop_signal.error()};
  auto process = make_process(request);
  if (!process)
    return process;
  auto mounts = make_mounts(request);
  if (!mounts)
    return mounts;
  auto annotations = make_annotations(request, *stop_signal);
  if (!annotations)
    return annotations;
  auto linux_part =
      make_linux(request, (*process)["capabilities"]["bounding"].get<std::vector<std::string>>());
  if (!linux_part)
    return linux_part;
  json spec = json::object();
  spec["ociVersion"] = "1.0.2-dev";
  spec["process"] = std::move(*process);
  spec["root"] = {{"path", options.rootfs}};
  if (options.read_only)
    spec["root"]["readonly"] = true;
  spec["hostname"] = hostname;
  spec["mounts"] = std::move(*mounts);
  spec["annotations"] = std::move(*annotations);
  spec["linux"] = std::move(*linux_part);
  return spec;
}

expected<std::vector<named_volume>> make_volumes(const spec_request& request) {
  std::vector<named_volume> volumes;
  std::vector<std::string> taken;
  for (const auto& text : request.options.tmpfs) {
    auto mount = parse_tmpfs_option(text);
    if (!mount)
      return tl::unexpected{mount.error()};
    taken.push_back(mount->destination);
  }
  for (const auto& text : request.options.volumes) {
    auto mount = parse_volume_option(text);
    if (!mount)
      return tl::unexpected{mount.error()};
    if (std::ranges::find(taken, mount->destination) != taken.end())
      return fail(error_code::usage, "mount " + text,
                  "something else is mounted on " + mount->destination);
    taken.push_back(mount->destination);
    if (mount->what == mount_option::kind::volume)
      volumes.push_back({mount->source, mount->destination, mount->options, mount->source.empty()});
  }
  for (const auto& destination : request.image.volumes) {
    auto clean = clean_path(destination);
    if (clean == "/" || std::ranges::find(taken, clean) != taken.end())
      continue;
    taken.push_back(clean);
    volumes.push_back({"", clean, default_volume_options(), true});
  }
  return volumes;
}

expected<container_config> make_container_config(const spec_request& request) {
  auto spec = make_spec(request);
  if (!spec)
    return tl::unexpected{spec.error()};
  auto volumes = make_volumes(request);
  if (!volumes)
    return tl::unexpected{volumes.error()};
  auto labels = labels_of(request);
  if (!labels)
    return tl::unexpected{labels.error()};
  auto stop_signal = stop_signal_of(request);
  if (!stop_signal)
    return tl::unexpected{stop_signal.error()};
  const auto& options = request.options;
  container_config config;
  config.id = request.id;
  config.created = request.created;
  config.user = options.user.empty() ? request.image.user : options.user;
  config.stop_signal = *stop_signal;
  config.stop_signal_name = signal_name(*stop_signal);
  config.stop_timeout = options.stop_timeout;
  config.shm_size = options.shm_size;
  config.network_mode = options.network == "host" ? "host" : "";
  config.privileged = options.privileged;
  config.stdin_open = options.interactive;
  config.labels = std::move(*labels);
  config.volumes = std::move(*volumes);
  config.rest = further_keys(request, *spec);
  config.spec = std::move(*spec);
  return config;
}

} // namespace floe
