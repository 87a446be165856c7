// The names and ids that containers and volumes may have.
#pragma once

#include <string_view>

namespace floe {

/// 64 lower-case hexadecimal digits.
bool is_id(std::string_view text);

/// A letter or digit, then letters, digits, `_`, `.` and `-`, at most 255 in all: Podman's rule for
/// containers and volumes. Such a name is harmless as a part of a path.
bool is_name(std::string_view text);

} // namespace floe
