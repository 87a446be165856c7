// The one place where an errno becomes a floe::error.
#pragma once

#include "model/error.hpp"

#include <string>

namespace floe {

/// The error of a failed system call. \p operation is what was tried, as `open` or `write`. ENOSPC
/// and EDQUOT become no_space, everything else \p code.
tl::unexpected<error> system_failure(int error_number, std::string subject, std::string operation,
                                     error_code code = error_code::io_failed);

} // namespace floe
