// Values of options that are more than words: sizes, entry points, environment variables.
#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace floe {

/// `512`, `64k`, `1.5g`, `10MB`, `1GiB`: bytes, in powers of 1024 as Podman reads them. Nothing for
/// anything else.
std::optional<uint64_t> parse_size(std::string_view text);

/// A decimal number as `1.5`, not negative. Nothing for anything else.
std::optional<double> parse_number(std::string_view text);

/// `./dir:/path` with the absolute path of the directory; what does not begin with a `.` is another
/// kind of volume, or absolute, and stays as it is.
std::string absolute_volume(const std::string& text);

/// What is wrong with `[[IP:][PORT[-END]]:]PORT[-END][/PROTOCOL]`, which Podman publishes ports by
/// (behaviours.md section 17.3); empty: nothing.
std::string fault_of_published_port(const std::string& text);

/// An entry point as a JSON array of strings or as one word. Errors: usage.
expected<std::vector<std::string>> parse_entrypoint(const std::string& text);

/// `NAME=value` as it is; of a `NAME` alone the value is this process's, and a name that is not set
/// here gives nothing. Errors: usage (no name).
expected<std::vector<std::string>> resolve_environment(const std::vector<std::string>& given);

} // namespace floe
