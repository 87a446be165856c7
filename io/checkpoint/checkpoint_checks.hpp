// What must hold before a checkpoint touches anything, in Podman's order (behaviours.md section
// 12).
#pragma once

#include "io/container/container_host.hpp"
#include "model/checkpoint_options.hpp"

namespace floe {

/// CRIU and the runtime can checkpoint and restore at all. Errors: criu_missing, criu_unusable,
/// runtime_unsupported.
expected<void> check_programs(container_host& host, oci_runtime& runtime);
/// The same for the runtime of a native container. Errors: also runtime_missing.
expected<void> check_programs(container_host& host, const container_config& config);

/// State, `--rm`, the pre-checkpoint. Errors: wrong_state, auto_remove, no_checkpoint, usage.
expected<void> check_container(const container_record& record, const std::string& bundle,
                               const checkpoint_options& options);

/// Whether the kernel can tell which pages changed: asks CRIU, unlike Podman (section 17.7).
/// Errors: unsupported.
expected<void> check_memory_tracking(container_host& host);

/// Whether an archive can be written there: the directory exists and is writable, and nothing is
/// there already unless it may be replaced. Errors: no_such_file, target_exists,
/// target_unwritable.
expected<void> check_target(const checkpoint_options& options);

} // namespace floe
