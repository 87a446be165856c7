// System call filters: the profiles that container tools share, made into the OCI specification's
// form.
#pragma once

#include "model/error.hpp"
#include "model/json.hpp"

#include <string>
#include <utility>
#include <vector>

namespace floe {

struct seccomp_conditions {
  std::string architecture;              ///< as profiles name it: `amd64`
  std::vector<std::string> capabilities; ///< of the container
  std::pair<int, int> kernel;            ///< major and minor version
};

/// The `linux.seccomp` object of a profile as /usr/share/containers/seccomp.json: rules whose
/// `includes` do not hold here, or whose `excludes` do, are left out. Errors: bad_image with
/// \p subject for what is no such profile.
expected<json> convert_seccomp_profile(const json& profile, const seccomp_conditions& here,
                                       const std::string& subject);

} // namespace floe
