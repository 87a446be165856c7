// What the processes in CRIU's images may do. CRIU gives it to them again without asking the
// specification, so an archive from a stranger could make them more than the container is.
#pragma once

#include "model/error.hpp"
#include "model/json.hpp"

#include <string>

namespace floe {

/// Compares the credentials in `core-*.img` below the directory \p images with \p spec, an OCI
/// specification: no capability beyond its bounding set, no thread without seccomp, no_new_privs or
/// the AppArmor or SELinux label where it asks for them. \p subject names the archive in errors.
/// Errors: archive_refused (more than the specification grants), archive_damaged, no_checkpoint (no
/// image of a process), io_failed.
expected<void> check_credentials(const std::string& images, const json& spec,
                                 const std::string& subject);

} // namespace floe
