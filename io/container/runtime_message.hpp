// What OCI runtimes print when they fail, as errors.
#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>

namespace floe {

/// The message in what a runtime wrote to stderr or to its log: the last error of JSON or logrus
/// lines, else the text itself without empty lines. Empty if there is none.
std::string runtime_message(std::string_view output);

/// The error of a runtime's message, with the rules of behaviours.md section 15.2: only the line
/// that says what is wrong is kept, and common ones get advice.
error runtime_error(std::string subject, std::string_view message,
                    error_code code = error_code::runtime_failed);

} // namespace floe
