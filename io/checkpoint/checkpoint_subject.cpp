#include "io/checkpoint/checkpoint_subject.hpp"

#include "io/checkpoint/held_container.hpp"
#include "io/checkpoint/native_subject.hpp"
#include "io/podman/podman_subject.hpp"

namespace floe {

std::string checkpoint_subject::name() const {
  return "container " + record_.config.name;
}

bool checkpoint_subject::is_alive() const {
  return floe::is_alive(*runtime_, id());
}

expected<std::unique_ptr<checkpoint_subject>>
hold_subject(container_host& host, container_source source, const std::string& name_or_id) {
  switch (source) {
  case container_source::native:
    return hold_native_subject(host, name_or_id);
  case container_source::podman:
    return hold_podman_subject(host, name_or_id);
  }
  return fail(error_code::internal, "container " + name_or_id, "unknown source");
}

} // namespace floe
