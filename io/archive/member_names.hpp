// The closed list of what may be in the outer tar of a checkpoint archive (behaviours.md
// sections 1.1, 1.2 and 1.8).
#pragma once

#include "io/archive/archive_reader.hpp"
#include "io/archive/read_entry.hpp"

#include <set>

namespace floe {

/// Takes the entries of one outer tar, one after another, and lets only those pass that belong into
/// an archive.
class member_check {
 public:
  /// \p subject names the archive in errors.
  member_check(std::string subject, const archive_limits& limits)
      : subject_{std::move(subject)}, limits_{limits} {}

  /// The entry as a member; nothing for the tar's own `./`. Errors: archive_refused for a name or a
  /// type that is not on the list, a name given twice, a link (but `checkpoint/parent` to
  /// `../pre-checkpoint`), too many members or a document that is too large.
  expected<std::optional<archive_member>> take(const read_entry& entry);

  /// The same for a member of an index.
  expected<void> take(const archive_member& member);

  /// Whether both documents that make a checkpoint were there. Errors: archive_foreign.
  expected<void> finish() const;

 private:
  std::string subject_;
  archive_limits limits_;
  std::set<std::string, std::less<>> seen_;
};

/// A member that is read as a whole: config.dump, spec.dump and the like.
bool is_document(std::string_view name);

} // namespace floe
