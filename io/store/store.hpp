// floe's own state: containers, volumes, images and the journal of operations under way, in one
// SQLite database that survives a crash and may be opened by several processes.
#pragma once

#include "model/container.hpp"
#include "model/error.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace floe {

struct container_record {
  container_config config;
  container_status status;
};

struct volume_record {
  std::string name;
  std::string mount_point; ///< host path of its `_data`
  std::string created;     ///< RFC 3339
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::pair<std::string, std::string>> options;
  bool anonymous = false;
};

struct image_record {
  std::string id;                  ///< 64 hex digits
  std::vector<std::string> names;  ///< fully qualified, as localhost/web:latest
  std::string created;             ///< RFC 3339
  uint64_t size = 0;               ///< bytes of its layers on disk
  json config = json::object();    ///< the `config` object of its OCI image configuration
  std::vector<std::string> layers; ///< host directories, topmost first, ready as overlay lowers
  bool read_only = false;          ///< it belongs to the host's containers-storage
};

/// An operation that must be finished or undone if its process dies.
struct journal_entry {
  std::string container_id;
  std::string operation; ///< checkpoint or restore
  std::string phase;     ///< what had been begun last
  json details = json::object();
};

/// Thread-safe. Every change is durable when the call returns.
class store {
 public:
  /// Opens or creates `ROOT/floe.sqlite`. Errors: store_failed, not_root.
  static expected<std::unique_ptr<store>> open(const std::string& root);
  ~store();

  // -- containers -----------------------------------------------------------

  /// Errors: container_exists if the id or the name is taken.
  expected<void> add_container(const container_record& record);
  expected<void> update_status(const std::string& id, const container_status& status);
  expected<void> update_config(const container_config& config);
  expected<void> remove_container(const std::string& id);
  /// By name, id or unambiguous id prefix, with or without `native:` before it. Errors:
  /// no_such_container, ambiguous_name.
  expected<container_record> find_container(const std::string& scoped);
  /// In order of creation.
  expected<std::vector<container_record>> containers();
  /// Names of containers that use a volume.
  expected<std::vector<std::string>> containers_using_volume(const std::string& volume);
  expected<std::vector<std::string>> containers_using_image(const std::string& image_id);

  // -- volumes --------------------------------------------------------------

  expected<void> add_volume(const volume_record& record); ///< Errors: volume_exists
  /// Errors: no_such_volume; with \p only_unused also volume_in_use, if a container has it.
  expected<void> remove_volume(const std::string& name, bool only_unused = false);
  expected<volume_record> find_volume(const std::string& name); ///< Errors: no_such_volume
  expected<std::vector<volume_record>> volumes();

  // -- images ---------------------------------------------------------------

  /// An id that is there gains the names. A name that another image has is taken from it if \p
  /// take_names. Errors: image_exists (a name is taken).
  expected<void> add_image(const image_record& record, bool take_names = false);
  expected<void> remove_image_name(const std::string& name);
  /// Errors: no_such_image; with \p only_unused also image_in_use, if a container has it.
  expected<void> remove_image(const std::string& id, bool only_unused = false);
  expected<std::vector<image_record>> images();

  // -- journal --------------------------------------------------------------

  /// Replaces the container's entry.
  expected<void> begin_operation(const journal_entry& entry);
  expected<void> end_operation(const std::string& container_id);
  expected<std::vector<journal_entry>> operations();

  // -- exit codes -----------------------------------------------------------

  /// Notes how a container ended that is removed with its end: whoever waits for it asks a moment
  /// later. Forgotten after five minutes, as Podman does.
  expected<void> note_exit_code(const std::string& container_id, int32_t code);
  /// Nothing if none was noted.
  expected<std::optional<int32_t>> exit_code(const std::string& container_id);

  struct database;
  explicit store(std::unique_ptr<database> opened); ///< for open

 private:
  std::unique_ptr<database> database_;
};

} // namespace floe
