// What there is to say about the networks of a container of Podman's, for `floe inspect` and `floe
// ps`.
#pragma once

#include "io/podman/podman_state.hpp"
#include "model/json.hpp"

namespace floe {

/// `NetworkSettings` of `podman inspect`: SandboxKey, Networks with addresses by name, Ports.
json network_settings(const podman_container& container);

/// `Ports` of `podman ps --format json`: host_ip, host_port, container_port, range and protocol.
json published_ports(const podman_container& container);

/// The same as `PORT/PROTOCOL` → host addresses, as inspect has them.
json port_bindings(const podman_container& container);

} // namespace floe
