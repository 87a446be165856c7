// The records of a pax extended header, `LENGTH KEY=VALUE\n` each.
#pragma once

#include "io/archive/read_entry.hpp"

#include <tl/expected.hpp>

#include <string_view>

namespace floe {

/// What a pax header changes about the entry behind it.
struct pax_records {
  std::optional<std::string> path;
  std::optional<std::string> link;
  std::optional<uint64_t> size;
  std::optional<uint64_t> uid;
  std::optional<uint64_t> gid;
  std::optional<tar_time> modified;
  std::optional<tar_time> accessed;
  std::vector<std::pair<std::string, std::string>> attributes; ///< SCHILY.xattr.*
  bool has_text_acl = false;                                   ///< SCHILY.acl.*
  std::optional<uint64_t> sparse_major;
  std::optional<uint64_t> sparse_minor;
  std::optional<std::string> sparse_name;
  std::optional<uint64_t> sparse_size;

  /// Some record changes the entry: no comment, name of an owner or the like only.
  bool changes_entry = false;
};

/// Refuses wrong lengths, keys without a value, NULs in names, a name or size given twice, and the
/// sparse formats other than GNU 1.0. Unknown keys are passed over, as POSIX wants it.
tl::expected<pax_records, tar_fault> parse_pax_records(std::string_view text);

} // namespace floe
