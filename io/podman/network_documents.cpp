#include "io/podman/network_documents.hpp"

#include "model/json_access.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace floe {

namespace {

constexpr int64_t ports_max = 65'536;

int64_t number_member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

/// `10.88.0.2/16` in two.
void put_address(json& network, const json& subnet) {
  const auto text = text_member(subnet, "ipnet");
  const auto slash = std::min(text.find('/'), text.size());
  const bool is_v6 = text.find(':') != std::string::npos;
  const auto bits = std::string_view{text}.substr(std::min(slash + 1, text.size()));
  int length = 0;
  std::from_chars(bits.data(), bits.data() + bits.size(), length);
  network[is_v6 ? "GlobalIPv6Address" : "IPAddress"] = text.substr(0, slash);
  network[is_v6 ? "GlobalIPv6PrefixLen" : "IPPrefixLen"] = length;
  network[is_v6 ? "IPv6Gateway" : "Gateway"] = text_member(subnet, "gateway");
}

json network_of(const json& status) {
  json network{{"IPAddress", ""}, {"IPPrefixLen", 0}, {"Gateway", ""}, {"MacAddress", ""}};
  for (const auto& [device, interface] : object_member(status, "interfaces").items()) {
    network["MacAddress"] = text_member(interface, "mac_address");
    for (const auto& subnet : list_member(interface, "subnets"))
      put_address(network, subnet);
  }
  return network;
}

} // namespace

json published_ports(const podman_container& container) {
  return list_member(container.config_document, "newPortMappings");
}

json port_bindings(const podman_container& container) {
  json bindings = json::object();
  for (const auto& mapping : list_member(container.config_document, "newPortMappings")) {
    const auto inside = number_member(mapping, "container_port");
    const auto outside = number_member(mapping, "host_port");
    const auto count = std::clamp<int64_t>(number_member(mapping, "range"), 1, ports_max);
    for (int64_t i = 0; i < count; ++i) {
      auto& hosts = bindings[std::to_string(inside + i) + "/" + text_member(mapping, "protocol")];
      hosts.push_back(
          {{"HostIp", text_member(mapping, "host_ip")}, {"HostPort", std::to_string(outside + i)}});
    }
  }
  return bindings;
}

json network_settings(const podman_container& container) {
  json networks = json::object();
  // One that has just been started may have none yet; a document that is damaged has none.
  const auto status = parse_json(container.network_status, "network status");
  if (status && status->is_object())
    for (const auto& [name, each] : status->items())
      networks[name] = network_of(each);
  return {{"SandboxKey", container.network_namespace},
          {"Networks", std::move(networks)},
          {"Ports", port_bindings(container)}};
}

} // namespace floe
