// CRIU's account of a dump or a restore: the files `stats-dump` and `stats-restore` (behaviours.md
// section 18).
#pragma once

#include "model/error.hpp"
#include "model/operation_result.hpp"

#include <string>
#include <string_view>

namespace floe {

/// \p subject names the file in errors. Errors: archive_damaged.
expected<criu_statistics> parse_criu_statistics(std::string_view bytes, const std::string& subject);

/// Reads `stats-dump` or `stats-restore`. Errors: no_such_file, io_failed, archive_damaged.
expected<criu_statistics> read_criu_statistics(const std::string& path);

} // namespace floe
