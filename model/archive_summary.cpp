#include "model/archive_summary.hpp"

#include "model/json_access.hpp"

namespace floe {

namespace {

const json* member_of(const json* object, const char* key) {
  if (object == nullptr || !object->is_object())
    return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &*found;
}

std::string text_of(const json* object, const char* key) {
  const auto* value = member_of(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

expected<json> parse_object(std::string_view text, const std::string& subject) {
  auto document = parse_json(text, subject);
  if (document && !document->is_object())
    return fail(error_code::archive_refused, subject, "it is no JSON object");
  return document;
}

/// As checkpointctl tells engines apart (behaviours.md section 1.2).
std::string engine_of(const json& spec) {
  const auto manager = text_of(member_of(&spec, "annotations"), "io.container.manager");
  return manager == "libpod" ? "Podman" : manager == "cri-o" ? "CRI-O" : "containerd";
}

std::vector<summary_volume> volumes_of(const json& config) {
  std::vector<summary_volume> out;
  const auto* list = member_of(&config, "namedVolumes");
  if (list == nullptr || !list->is_array())
    return out;
  for (const auto& volume : *list)
    out.push_back({text_of(&volume, "volumeName"), text_of(&volume, "dest"), std::nullopt, {}, {}});
  return out;
}

summary_interface interface_of(const std::string& network, const std::string& name,
                               const json& described) {
  summary_interface out{network, name, {}, text_of(&described, "mac_address")};
  if (const auto* subnets = member_of(&described, "subnets");
      subnets != nullptr && subnets->is_array())
    for (const auto& subnet : *subnets)
      if (auto address = text_of(&subnet, "ipnet"); !address.empty())
        out.addresses.push_back(std::move(address));
  return out;
}

std::vector<summary_interface> interfaces_of(std::string_view network_status) {
  std::vector<summary_interface> out;
  const auto status = parse_json(network_status, "network.status");
  if (!status || !status->is_object())
    return out;
  for (const auto& [network, state] : status->items())
    if (const auto* interfaces = member_of(&state, "interfaces");
        interfaces != nullptr && interfaces->is_object())
      for (const auto& [name, described] : interfaces->items())
        out.push_back(interface_of(network, name, described));
  return out;
}

json to_json(const criu_statistics& criu) {
  json out = json::object();
  const auto add = [&](const char* key, uint64_t value) {
    if (value != 0) // behaviours.md section 18: zero values are omitted
      out[key] = value;
  };
  add("freezing_time", criu.freezing_time);
  add("frozen_time", criu.frozen_time);
  add("memdump_time", criu.memdump_time);
  add("memwrite_time", criu.memwrite_time);
  add("pages_scanned", criu.pages_scanned);
  add("pages_written", criu.pages_written);
  return out;
}

json container_json(const archive_summary& summary) {
  json volumes = json::array();
  for (const auto& volume : summary.volumes)
    volumes.push_back({{"name", volume.name},
                       {"destination", volume.destination},
                       {"labels", object_of(volume.labels)},
                       {"driver_options", object_of(volume.driver_options)},
                       {"bytes", volume.bytes ? json(*volume.bytes) : json(nullptr)}});
  json interfaces = json::array();
  for (const auto& each : summary.interfaces)
    interfaces.push_back({{"network", each.network},
                          {"interface", each.name},
                          {"addresses", each.addresses},
                          {"mac", each.mac}});
  return {{"id", summary.id},
          {"name", summary.name},
          {"image", summary.image_name},
          {"image_id", summary.image_id},
          {"runtime", summary.runtime},
          {"created", summary.created},
          {"hostname", summary.hostname},
          {"engine", summary.engine},
          {"volumes", std::move(volumes)},
          {"interfaces", std::move(interfaces)},
          {"annotations", object_of(summary.annotations)}};
}

} // namespace

expected<archive_summary> summarize_documents(std::string_view config_dump,
                                              std::string_view spec_dump,
                                              std::string_view network_status,
                                              const std::string& subject) {
  auto config = parse_object(config_dump, subject + ": config.dump");
  if (!config)
    return tl::unexpected{config.error()};
  auto spec = parse_object(spec_dump, subject + ": spec.dump");
  if (!spec)
    return tl::unexpected{spec.error()};
  archive_summary out;
  out.id = text_of(&*config, "id");
  out.name = text_of(&*config, "name");
  out.image_name = text_of(&*config, "rootfsImageName");
  out.image_id = text_of(&*config, "rootfsImageID");
  out.runtime = text_of(&*config, "runtime");
  out.created = text_of(&*config, "createdTime");
  out.hostname = text_of(&*spec, "hostname");
  out.engine = engine_of(*spec);
  out.volumes = volumes_of(*config);
  out.interfaces = interfaces_of(network_status);
  if (const auto* annotations = member_of(&*spec, "annotations");
      annotations != nullptr && annotations->is_object())
    for (const auto& [key, value] : annotations->items())
      if (value.is_string())
        out.annotations.emplace_back(key, value.get<std::string>());
  return out;
}

json to_json(const archive_summary& summary, bool with_files) {
  json out = {{"archive", summary.path},
              {"compression", std::string{to_string(summary.method)}},
              {"indexed", summary.indexed},
              {"digest", summary.digest},
              {"pre_checkpoint", summary.pre_checkpoint},
              {"container", container_json(summary)},
              {"file_bytes", summary.file_bytes},
              {"content_bytes", summary.content_bytes},
              {"memory_bytes", summary.memory_bytes},
              {"images_bytes", summary.images_bytes},
              {"shared_memory_bytes", summary.shared_memory_bytes},
              {"rootfs_bytes", summary.rootfs_bytes ? json(*summary.rootfs_bytes) : json(nullptr)},
              {"deleted_files", summary.deleted_files},
              {"criu", summary.criu ? to_json(*summary.criu) : json(nullptr)},
              {"warnings", summary.warnings}};
  if (!with_files)
    return out;
  json files = json::array();
  for (const auto& file : summary.files)
    files.push_back({{"name", file.name},
                     {"bytes", file.bytes},
                     {"type", file.is_directory ? "directory" : "file"}});
  out["files"] = std::move(files);
  return out;
}

} // namespace floe
