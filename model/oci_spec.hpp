// A new container's configuration and its OCI specification, from what a user asks for, what the
// image says and what the host allows. Pure, as Podman 4.3 does it.
#pragma once

#include "model/container.hpp"
#include "model/create_options.hpp"
#include "model/error.hpp"
#include "model/image_config.hpp"
#include "model/json.hpp"
#include "model/mount_option.hpp"
#include "model/spec_host.hpp"

#include <string>
#include <vector>

namespace floe {

/// What a new container is made from. Borrows everything.
struct spec_request {
  std::string id;
  std::string created; ///< RFC 3339
  const create_options& options;
  const image_config& image; ///< empty for an external root filesystem
  const spec_host& host;
};

/// The creation specification: everything but what is known only when the container starts (see
/// finish_spec.hpp). Errors: usage, unsupported, bad_image (the host's seccomp profile).
expected<json> make_spec(const spec_request& request);

/// The volumes of a new container: those of the user, then those of the image at other
/// destinations. An anonymous one has no name yet. Errors: usage.
expected<std::vector<named_volume>> make_volumes(const spec_request& request);

/// The configuration of a new container: specification, volumes, labels, user, stop signal and so
/// on. What concerns names and places (name, image, directories, runtime) is the caller's to fill
/// in. Errors: as make_spec and make_volumes.
expected<container_config> make_container_config(const spec_request& request);

// -- Parts of make_spec, each in a file of its own --------------------------

/// The process: arguments, environment, capabilities, limits.
expected<json> make_process(const spec_request& request);

/// The mounts, without named volumes and what the engine binds at every start.
expected<json> make_mounts(const spec_request& request);

/// The `linux` object. \p capabilities are those of the process.
expected<json> make_linux(const spec_request& request,
                          const std::vector<std::string>& capabilities);

} // namespace floe
