// A file that is either complete, durable and at its name, or not there at all: temporary name,
// write, sync, rename, sync of the directory. That order survives power cuts on ext4, XFS and
// btrfs; any shorter one does not.
#pragma once

#include "io/posix/unique_fd.hpp"
#include "model/error.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace floe {

struct durable_file_options {
  bool overwrite = false; ///< replace what has the name already; without it, that is an error
  bool sync = true;       ///< false only for benchmarks: a crash may then lose the file
};

/// All functions may block. Not thread-safe, but its descriptor may be written to from anywhere.
class durable_file {
 public:
  /// Makes the file, mode 0600, in the directory of \p target: without a name where the file system
  /// can do that, else as
  /// `.NAME.floe-XXXXXX`. Errors: target_exists (without overwrite), target_unwritable, no_space.
  static expected<std::unique_ptr<durable_file>> create(const std::string& target,
                                                        durable_file_options options = {});

  durable_file(const durable_file&) = delete;
  durable_file& operator=(const durable_file&) = delete;

  /// Removes the file unless it was committed.
  ~durable_file();

  int fd() const { return file_.get(); }
  const std::string& target() const { return target_; }

  /// Refuses early what cannot fit: no_space if the file system has less than \p bytes left. With
  /// \p allocate it also sets them aside for the bytes from \p offset on, where the file system can
  /// do that.
  expected<void> reserve(uint64_t bytes, bool allocate, uint64_t offset = 0);

  /// Makes the content durable, if only commit is still to come. Once; as commit. Errors: no_space,
  /// io_failed.
  expected<void> sync();

  /// Makes the content durable, unless sync did, and gives the file its name. Once; after an error
  /// the file is lost, a sync is never tried twice (the kernel forgets what it could not write).
  /// Errors: target_exists, no_space, io_failed.
  expected<void> commit();

 private:
  struct key {};

 public:
  /// For create() only.
  durable_file(key, std::string target, durable_file_options options);

 private:
  expected<void> open_directory();
  expected<void> open_file();
  expected<void> refuse_existing() const;
  expected<void> make_named();
  expected<void> publish();
  expected<void> publish_new();
  int link_to(const std::string& name) const;

  std::string target_;
  std::string name_; ///< last component of the target
  durable_file_options options_;
  unique_fd directory_;
  unique_fd file_;
  std::string temporary_; ///< name in the directory; empty if there is none
  bool synced_ = false;
};

/// Removes a file for good: also after a power cut it is gone. Harmless if there is none. Errors:
/// io_failed.
expected<void> remove_durably(const std::string& path);

} // namespace floe
