// How it is said that an archive, or a tar, is not what was written.
#pragma once

#include "model/error.hpp"

#include <string>
#include <utility>

namespace floe {

inline constexpr const char* damage_advice = "get the archive again from where it comes from";

/// archive_damaged, with what can be done about that.
inline tl::unexpected<error> damaged_archive(std::string subject, std::string cause) {
  return fail(error_code::archive_damaged, std::move(subject), std::move(cause), damage_advice);
}

} // namespace floe
