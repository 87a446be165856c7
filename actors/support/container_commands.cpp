#include "actors/support/container_commands.hpp"

#include "io/container/lifecycle.hpp"

#include <optional>

namespace floe {

namespace {

expected<container_record> run(container_host& host, const std::string& id,
                               const container_command& command) {
  switch (command.verb) {
  case container_verb::start:
    return start_container(host, id);
  case container_verb::stop:
    return stop_container(
        host, id, command.use_timeout ? std::optional{command.timeout_seconds} : std::nullopt);
  case container_verb::kill:
    return kill_container(host, id, command.signal);
  case container_verb::remove:
    return remove_container(host, id, {command.force, command.volumes});
  case container_verb::pause:
    return pause_container(host, id);
  case container_verb::unpause:
    return unpause_container(host, id);
  case container_verb::cleanup:
    break;
  }
  return fail(error_code::internal, "container " + id, "unknown command");
}

} // namespace

expected<container_done> run_container_command(container_host& host, const std::string& id,
                                               const container_command& command) {
  if (command.verb == container_verb::cleanup) { // a --rm container is gone afterwards
    if (auto cleaned = cleanup_container(host, id); !cleaned)
      return tl::unexpected(cleaned.error());
    return container_done{id, command.name, {}};
  }
  auto record = run(host, id, command);
  if (!record)
    return tl::unexpected(record.error());
  return container_done{record->config.id, record->config.name, {}};
}

} // namespace floe
