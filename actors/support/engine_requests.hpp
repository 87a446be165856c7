// The blocking halves of the engine's requests: they read and change the host's state. They run on
// workers.
#pragma once

#include "io/container/container_host.hpp"
#include "messages/engine.hpp"

#include <string>

namespace floe {

expected<container_done> create(container_host& host, const create_options& options);

/// The full id of a container. Errors: no_such_container, ambiguous_name.
expected<std::string> resolve(container_host& host, const std::string& name_or_id);

expected<document> answer_query(container_host& host, const query& what);
expected<exec_command> make_exec_command(container_host& host, const prepare_exec& request);
expected<document> run_volume_command(container_host& host, const volume_command& command);
expected<document> run_image_command(container_host& host, const image_command& command);

} // namespace floe
