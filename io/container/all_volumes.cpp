#include "io/container/all_volumes.hpp"

#include "io/podman/container_sources.hpp"
#include "io/store/volume_filter.hpp"
#include "io/store/volume_store.hpp"
#include "model/json_access.hpp"

#include <utility>

namespace floe {

namespace {

json native_document(const volume_record& record) {
  auto document = volume_document(record);
  document["Source"] = to_string(container_source::native);
  return document;
}

volume_record record_of(const podman_volume& volume) {
  return {volume.name,
          volume.mount_point,
          text_member(volume.document, "createdAt"),
          text_pairs(object_member(volume.document, "labels")),
          text_pairs(object_member(volume.document, "volumeOptions")),
          flag_member(volume.document, "isAnon")};
}

json podman_document(const podman_volume& volume) {
  auto document = volume_document(record_of(volume));
  document["Driver"] = volume.driver;
  document["Source"] = to_string(container_source::podman);
  return document;
}

bool is_unknown(const error& why) {
  return why.code == error_code::no_such_volume;
}

} // namespace

expected<json> list_all_volumes(container_host& host, source_scope scope,
                                const std::vector<std::string>& filters) {
  const auto filter = parse_volume_filter(filters);
  if (!filter)
    return tl::unexpected{filter.error()};
  json list = json::array();
  if (includes(scope, container_source::native)) {
    const auto records = host.state().volumes();
    if (!records)
      return tl::unexpected{records.error()};
    for (const auto& record : *records)
      if (matches(*filter, record))
        list.push_back(native_document(record));
  }
  const auto state = podman_state_in(host, scope);
  if (!state)
    return tl::unexpected{state.error()};
  if (!*state)
    return list;
  warn_of_problems(**state);
  for (const auto& volume : (*state)->volumes())
    if (matches(*filter, record_of(volume)))
      list.push_back(podman_document(volume));
  return list;
}

expected<json> inspect_any_volume(container_host& host, source_scope scope,
                                  const std::string& name) {
  const auto wanted = parse_scoped_name(name, scope);
  const bool with_native = includes(wanted.scope, container_source::native);
  const auto native = with_native ? host.state().find_volume(wanted.name)
                                  : fail(error_code::no_such_volume, "volume " + wanted.name,
                                         "Podman has no such volume",
                                         "`floe volume ls --source podman` lists them");
  if (!native && !is_unknown(native.error()))
    return tl::unexpected{native.error()};
  const auto state = podman_state_in(host, wanted.scope);
  if (!state && !native)
    return tl::unexpected{state.error()};
  if (state && *state) {
    const auto found = (*state)->find_volume(wanted.name);
    if (found && native)
      return fail(error_code::ambiguous_name, "volume " + wanted.name,
                  "floe and Podman both have one",
                  "say native:" + wanted.name + " or podman:" + wanted.name);
    if (found)
      return podman_document(*found);
    if (!native && !is_unknown(found.error()))
      return tl::unexpected{found.error()};
  }
  if (!native)
    return tl::unexpected{native.error()};
  return native_document(*native);
}

} // namespace floe
