// Looks at this host for what matters to the specifications of containers.
#pragma once

#include "model/spec_host.hpp"

namespace floe {

/// Reads it all from the kernel; cheap enough for every new container. The device nodes are looked
/// for only \p with_devices. Errors: io_failed, bad_image (a broken seccomp profile).
expected<spec_host> look_at_host(bool with_devices);

} // namespace floe
