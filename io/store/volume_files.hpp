// `floe volume export|import`: the tar of a volume in a file, or at our own stdout and stdin.
#pragma once

#include "io/container/host_settings.hpp"
#include "io/store/store.hpp"
#include "io/store/volume_store.hpp"
#include "model/error.hpp"

#include <functional>
#include <string>
#include <vector>

namespace floe {

/// Writes the content of a volume as a tar. A regular file is replaced when the tar is complete and
/// durable, and stays as it was if that fails; anything else, as a pipe, is written to.
/// `/dev/stdout` is our own stdout, wherever it stands. Returns warnings. Errors: no_such_volume,
/// target_unwritable, no_space, io_failed.
expected<std::vector<std::string>> export_volume_to(store& state, const std::string& name,
                                                    const std::string& path);

/// Unpacks a tar, plain or compressed, into an existing volume. `/dev/stdin` is our own stdin.
/// Errors: no_such_file, those of import_volume.
expected<void> import_volume_from(store& state, const host_settings& settings,
                                  const std::string& name, const std::string& path,
                                  const std::function<expected<volume_users>()>& hold_users);

} // namespace floe
