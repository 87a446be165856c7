#include "io/podman/podman_statistics.hpp"

#include "model/json_access.hpp"

#include <type_traits>

namespace floe {

criu_statistics restore_statistics_in(const std::string& output) {
  criu_statistics criu;
  const auto document = parse_json(output, "podman container restore --print-stats");
  if (!document)
    return criu;
  const auto& containers = list_member(*document, "container_statistics");
  if (containers.size() != 1)
    return criu;
  const auto& numbers = object_member(containers.front(), "criu_statistics");
  const auto read = [&](const char* key, auto& into) {
    const auto found = numbers.find(key);
    if (found != numbers.end() && found->is_number_integer() && *found >= 0)
      into = found->get<std::remove_reference_t<decltype(into)>>();
  };
  read("pages_compared", criu.pages_compared);
  read("pages_skipped_cow", criu.pages_skipped_cow);
  read("forking_time", criu.forking_time);
  read("restore_time", criu.restore_time);
  read("pages_restored", criu.pages_restored);
  return criu;
}

} // namespace floe
