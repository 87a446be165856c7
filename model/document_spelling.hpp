// Members of a stranger's documents that only differ from known ones in the spelling of their
// names.
#pragma once

#include "model/json.hpp"

#include <string>

namespace floe {

/// Runtimes and Podman match the names of members without regard to case, and take the last one
/// (Go, encoding/json: "preferring exact matches but also accepting case-insensitive matches"):
/// what is named `Hooks` would pass every check here and be hooks there. Refuses, in config.dump
/// and spec.dump (behaviours.md section 19.4, OCI runtime specification 1.2), members named like
/// one that floe knows in another case, and two of one object that they could not tell apart; not
/// in maps whose keys are free, as labels. \p subject names the archive. Errors: archive_refused.
expected<void> check_spelling(const json& document, const std::string& subject);

} // namespace floe
