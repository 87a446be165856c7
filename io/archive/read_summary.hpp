// Looks into an archive without restoring it.
#pragma once

#include "io/archive/archive_reader.hpp"
#include "model/archive_summary.hpp"

namespace floe {

/// Reads the small documents of an archive and the sizes of its members. Of an indexed archive
/// nothing else is read; any other is read once from front to end. Errors: those of the archive;
/// archive_refused for documents that are no JSON.
expected<archive_summary> read_summary(archive_reader& archive);

} // namespace floe
