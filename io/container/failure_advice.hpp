// What users can do about failures that CRIU and Podman explain in their own words.
#pragma once

#include <string>
#include <string_view>

namespace floe {

/// Advice on the first line of CRIU's or the message of Podman's that says what is wrong; empty if
/// it is none that is known.
std::string advice_on_failure(std::string_view message);

/// `ADVICE; see LOG`, or the part of it that there is.
std::string advice_with_log(std::string advice, const std::string& log_path);

} // namespace floe
