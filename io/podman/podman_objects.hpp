// From the rows of Podman's database to containers, pods and volumes.
#pragma once

#include "io/podman/podman_rows.hpp"
#include "io/podman/podman_state.hpp"

namespace floe {

/// Each fails with database_damaged for documents that are not as libpod writes them; the subject
/// names the thing. What depends on the host is as the database has it.
expected<podman_container> container_from_row(const podman_container_row& row,
                                              const podman_settings& settings);
expected<podman_pod> pod_from_row(const podman_pod_row& row);
expected<podman_volume> volume_from_row(const podman_volume_row& row);

/// Puts right what the database cannot know: that the processes of \p container are gone.
void settle_with_host(podman_container& container, const podman_settings& settings);

} // namespace floe
