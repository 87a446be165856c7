// Finds out which parts of a file hold data.
#pragma once

#include "io/plan/tar_header.hpp"
#include "io/plan/tree_entry.hpp"

#include <vector>

namespace floe {

/// Whether a file takes less room than its size: only then it can have holes.
bool may_have_holes(const struct stat& status);

/// The ranges of a regular file that hold data, in order, within the size that \p entry has; what
/// lies between them reads as zeros. A file without holes is one range. A file with very many
/// ranges gets its end as one.
expected<std::vector<data_range>> find_data(const tree_entry& entry, const std::string& subject);

} // namespace floe
