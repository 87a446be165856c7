// Named volumes on disk and in the store: made, removed, moved in and out as tars.
#pragma once

#include "io/container/host_settings.hpp"
#include "io/store/object_lock.hpp"
#include "io/store/staging_directory.hpp"
#include "io/store/store.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace floe {

/// What a caller may say of a new volume.
struct volume_request {
  std::string name; ///< empty: a random one, and the volume is anonymous
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::pair<std::string, std::string>> options;
  bool anonymous = false;
};

/// `[a-zA-Z0-9][a-zA-Z0-9_.-]*`, at most 255 bytes. Errors: usage.
expected<void> check_volume_name(const std::string& name);

/// Creates an empty volume, `_data` with mode 0755. Errors: usage, volume_exists, container_busy.
expected<volume_record> create_volume(store& state, const host_settings& settings,
                                      const volume_request& request);

/// Errors: no_such_volume, volume_in_use unless \p force, container_busy. With \p force the caller
/// has removed the containers first.
expected<void> remove_volume(store& state, const host_settings& settings, const std::string& name,
                             bool force = false);

/// The document of `volume inspect`, with Podman's keys.
json volume_document(const volume_record& record);

/// Writes a volume's content as a plain tar to \p output, which may be a pipe. Returns what the tar
/// cannot hold and what changed while it was read, one line each. Errors: no_such_volume, no_space,
/// cancelled.
expected<std::vector<std::string>> export_volume(store& state, const std::string& name, int output,
                                                 const std::stop_token& stop = {});

/// Unpacks a tar (plain, gzip, zstd, xz or bzip2) into an existing volume, over what it has. That
/// is copied beside it first and replaced as a whole in the end: whatever fails leaves the volume
/// as it was. No container that runs may have it mounted: it would go on with the old content.
/// \p hold_users is called when nobody can begin to use the volume any more; what it returns is
/// kept to the end. Errors: those of \p hold_users, no_such_volume, archive_unreadable,
/// archive_refused, container_busy, volume_in_use (it changed meanwhile), no_space, cancelled.
using volume_users = std::vector<object_lock>;

/// How long a container that is about to use a volume waits for whoever replaces its content: that
/// one has looked for users before.
inline constexpr std::chrono::minutes volume_patience{10};

expected<void> import_volume(store& state, const host_settings& settings, const std::string& name,
                             int input, const std::function<expected<volume_users>()>& hold_users,
                             const std::stop_token& stop = {});

/// A volume that a restore fills before anybody can see it. Vanishes when destroyed, unless
/// published.
class staged_volume {
 public:
  /// Errors: usage (name), volume_exists, container_busy (another process stages the same name).
  static expected<staged_volume> stage(store& state, const host_settings& settings,
                                       const volume_request& request);

  const std::string& name() const { return record_.name; }

  /// Its `_data` while it is being filled.
  const std::string& directory() const { return directory_; }

  /// Gives the volume its name and records it. The content is written back whenever the kernel
  /// does: who needs more has synced it. Lets go of the volume; to undo it later: remove_volume.
  expected<volume_record> publish();

 private:
  staged_volume(store& state, volume_record record, object_lock held, staging_directory staging);

  store* state_;
  volume_record record_;
  std::optional<object_lock> held_; ///< until it is published
  staging_directory staging_;
  std::string directory_;
};

} // namespace floe
