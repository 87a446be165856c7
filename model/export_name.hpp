// Names of the archives of a bulk checkpoint: a pattern and what fills it.
#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace floe {

/// What a pattern may refer to.
struct export_subject {
  std::string name;       ///< {name}
  std::string id;         ///< {id}; {short_id} is its first 12 digits
  std::string image_name; ///< {image}, with every character but letters, digits, `.`, `_` and `-`
                          ///< replaced by `_`
  std::string host;       ///< {host}
  std::string timestamp;  ///< {timestamp}: 20260131T235959Z, the same for a whole batch
};

/// Fills `{name}`, `{id}`, `{short_id}`, `{image}`, `{host}` and `{timestamp}`; `{{` and `}}` stand
/// for braces. The result is a plain file name: not empty, no `/`, no control characters, not `.`
/// or `..`, at most 200 bytes. Errors: usage.
expected<std::string> export_file_name(std::string_view pattern, const export_subject& subject);

/// The names for a whole batch, in its order. Errors: usage, also when two containers would get the
/// same name.
expected<std::vector<std::string>> export_file_names(std::string_view pattern,
                                                     const std::vector<export_subject>& subjects);

} // namespace floe
