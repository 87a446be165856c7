// What a user may ask of a checkpoint and of a restore; the words are Podman's (behaviours.md
// section 20).
#pragma once

#include "model/compression.hpp"
#include "model/fields.hpp"
#include "model/source_scope.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace floe {

struct checkpoint_options {
  std::string
      export_path; ///< of this container's archive; empty: the checkpoint stays in the bundle
  compression method = compression::zstd;
  int32_t compression_level = 0; ///< 0: the method's default
  bool overwrite = false;        ///< replace an archive that is there already
  bool sync = true;              ///< false only for benchmarks: the archive may be lost in a crash
  bool trace = false;            ///< note when every window was read, compressed and written
  bool leave_running = false;
  bool thaw_early = false; ///< thaw after the memory is dumped, before the files are captured
  bool keep = false;       ///< keep logs and statistics in the bundle
  bool tcp_established = false;
  bool file_locks = false;
  bool ignore_rootfs = false;
  bool ignore_volumes = false;
  bool pre_checkpoint = false;
  bool with_previous = false;

  static constexpr const char* message_name = "checkpoint_options";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(
        field("export_path", self.export_path), field("method", self.method),
        field("compression_level", self.compression_level), field("overwrite", self.overwrite),
        field("sync", self.sync), field("trace", self.trace),
        field("leave_running", self.leave_running), field("thaw_early", self.thaw_early),
        field("keep", self.keep), field("tcp_established", self.tcp_established),
        field("file_locks", self.file_locks), field("ignore_rootfs", self.ignore_rootfs),
        field("ignore_volumes", self.ignore_volumes), field("pre_checkpoint", self.pre_checkpoint),
        field("with_previous", self.with_previous));
  }
};

/// Whether the files are as the memory is from the freeze on, so that they can be read while the
/// memory is dumped.
bool reads_files_beside_dump(const checkpoint_options& options);

struct restore_options {
  std::string name;             ///< of the restored container; empty: the archived one
  std::string previous_archive; ///< `--import-previous`
  bool keep = false;            ///< keep the checkpoint in the bundle
  bool tcp_established = false;
  bool file_locks = false;
  bool ignore_rootfs = false;
  bool ignore_volumes = false;
  bool ignore_static_ip = false;
  bool ignore_static_mac = false;
  bool trust = false; ///< skip the policy for specifications of strangers
  /// `--to`: native or podman; empty: podman for archives of Podman where it is installed.
  std::string engine;
  source_scope source = source_scope::all; ///< whose containers, for those that hold a checkpoint
  std::string pod;                         ///< `--pod`: name, id or id prefix of a pod of Podman's
  std::vector<std::string> publish;        ///< `--publish`, for Podman as they are

  static constexpr const char* message_name = "restore_options";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("name", self.name), field("previous_archive", self.previous_archive),
                 field("keep", self.keep), field("tcp_established", self.tcp_established),
                 field("file_locks", self.file_locks), field("ignore_rootfs", self.ignore_rootfs),
                 field("ignore_volumes", self.ignore_volumes),
                 field("ignore_static_ip", self.ignore_static_ip),
                 field("ignore_static_mac", self.ignore_static_mac), field("trust", self.trust),
                 field("engine", self.engine), field("source", self.source), field("pod", self.pod),
                 field("publish", self.publish));
  }
};

/// The flag of an option that is given but means something only with an archive or a checkpoint
/// image, in Podman's order (behaviours.md section 20); empty: none.
std::string_view flag_for_archives(const restore_options& options);

} // namespace floe
