// Shows the documents of things by their names.
#pragma once

#include "tools/command.hpp"

#include <string>
#include <vector>

namespace floe {

/// Prints the documents of all \p names as one JSON array, or by a template. Each name may be any
/// of \p kinds, the first that fits counts.
exit_code inspect(session& s, const std::vector<std::string>& names,
                  const std::vector<query_kind>& kinds, const std::string& format,
                  source_scope source = source_scope::native);

} // namespace floe
