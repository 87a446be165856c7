// Unpacks the members of a checkpoint archive to where a restore wants them.
#pragma once

#include "io/archive/archive_reader.hpp"
#include "io/checkpoint/counting_source.hpp"
#include "io/checkpoint/restore_steps.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace floe {

/// What was found on the way.
struct unpacked_members {
  std::vector<std::string> deleted_files; ///< the content of deleted.files
  std::vector<std::string> volumes;       ///< names of the volumes that were unpacked
  std::vector<std::string> warnings;
};

/// Unpacks the given members one after another. Several calls with different members may run at
/// once if the archive is indexed. Members that no restore needs (config.dump, artifacts …) are
/// skipped; a volume that is not among the targets too. Errors: those of the archive and of
/// extract_tar; archive_refused for an image file with an unusable name.
expected<unpacked_members> unpack_members(archive_reader& archive,
                                          const std::vector<archive_member>& members,
                                          const restore_targets& targets,
                                          const unpack_progress_handler& progress,
                                          const std::stop_token& stop);

/// The same for all members of an archive without an index, in one pass.
expected<unpacked_members> unpack_stream(archive_reader& archive, const restore_targets& targets,
                                         const unpack_progress_handler& progress,
                                         const std::stop_token& stop);

/// `volumes/NAME.tar` is the member of volume NAME; empty for every other member.
std::string volume_of_member(const std::string& member);

} // namespace floe
