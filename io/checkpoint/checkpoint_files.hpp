// The files that a checkpoint and a restore leave in a container's bundle, by Podman's names
// (behaviours.md section 1.2), and their removal.
#pragma once

#include "model/container.hpp"
#include "model/error.hpp"

#include <cstdint>
#include <string>

namespace floe {

inline constexpr const char* images_name = "checkpoint";
inline constexpr const char* pre_images_name = "pre-checkpoint";
inline constexpr const char* shared_memory_name = "devshm-checkpoint.tar";

/// `BUNDLE/NAME`.
std::string in_bundle(const std::string& bundle, const char* name);

/// Whether something has that name, be it a link to nowhere.
bool is_there(const std::string& path);

/// The container's log relative to its bundle, as archives have it; empty for log drivers without a
/// file of their own, and for logs elsewhere.
std::string archived_log_file(const container_config& config, const std::string& bundle);

/// Whether a complete dump is there: `BUNDLE/checkpoint/inventory.img` exists, a regular file.
bool has_checkpoint(const std::string& bundle);

/// Whether the images there hold file locks: a process that is restored without them still believes
/// that it has them.
bool has_file_locks(const std::string& bundle);

/// Removes logs, statistics and what else a checkpoint leaves that is of no use any more (section
/// 12 step 15). Images stay.
expected<void> remove_checkpoint_logs(const std::string& bundle);

/// Removes everything of a checkpoint and of a restore (section 17.5 step 23).
expected<void> remove_checkpoint_files(const std::string& bundle);

/// Keeps the images of an earlier checkpoint aside while another is made.
///
/// Moves `BUNDLE/NAME` to `BUNDLE/NAME.previous`; there need not be any. What was there under that
/// name is removed.
expected<void> set_images_aside(const std::string& bundle, const std::string& name);

/// Removes `BUNDLE/NAME` and brings back what was set aside.
expected<void> bring_images_back(const std::string& bundle, const std::string& name);

/// Removes what was set aside.
expected<void> drop_previous_images(const std::string& bundle, const std::string& name);

/// Makes `BUNDLE/checkpoint/parent` lead to `../pre-checkpoint`, if that is there (section 12 step
/// 11; archives carry no such link).
expected<void> link_parent_images(const std::string& bundle);

/// Writes the content of a directory as devshm-checkpoint.tar into the bundle, so that it survives
/// its unmounting.
expected<void> save_shared_memory(const std::string& directory, const std::string& bundle);

/// Unpacks the bundle's devshm-checkpoint.tar, if there is one.
expected<void> load_shared_memory(const std::string& bundle, const std::string& directory,
                                  bool allow_devices);

/// Removes the temporary files that a process left which died while it wrote an archive: names of
/// the form `.NAME.floe-XXXXXX` beside \p archive (FORMAT.md). Returns how many.
expected<uint32_t> remove_partial_archives(const std::string& archive);

} // namespace floe
