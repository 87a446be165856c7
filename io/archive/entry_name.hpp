// Names of tar entries: cleaned before they are used, made printable before they are shown.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace floe {

/// The name in quotes, for messages: control characters, quotes and bytes beyond ASCII are escaped,
/// and what is longer than 200 characters is cut, so that a name from a stranger cannot drive the
/// terminal.
std::string quoted_name(std::string_view name);

/// `./a//b/` is `a/b`; `.` and `./` are empty: the root itself. The error says what is wrong with
/// the name: empty, absolute, with `..`, with a NUL or a component longer than 255 bytes.
tl::expected<std::string, std::string> clean_entry_name(std::string_view name);

} // namespace floe
