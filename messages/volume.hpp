// The protocol of one volume of one job: plan its tar, or fill it from one.
#pragma once

#include "io/archive/archive_reader.hpp"
#include "io/archive/extract.hpp"
#include "io/plan/rope.hpp"
#include "messages/common.hpp"
#include "messages/local_ref.hpp"

#include <string>
#include <vector>

namespace floe {

/// Asks for the plan of a volume's tar.
/// Sent by: a CHECKPOINT JOB, once. Reply: volume_planned; or io_failed, no_such_file, cancelled.
struct plan_volume {
  std::string name;
  std::string directory;   ///< host path of its content
  bool align_data = false; ///< place file data at multiples of 4096 (for `--compress none`)
  cancellation cancel;

  static constexpr const char* message_name = "plan_volume";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("name", self.name), field("directory", self.directory),
                 field("align_data", self.align_data), field("cancel", self.cancel));
  }
};

/// Hands over the plan; the receiver owns it.
struct volume_planned {
  std::string name;
  local_ref<rope> content;
  std::vector<std::string> warnings;

  static constexpr const char* message_name = "volume_planned";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("name", self.name), field("content", self.content),
                 field("warnings", self.warnings));
  }
};

/// Asks for a volume to be filled from its member of an archive.
/// Sent by: a RESTORE JOB, once; only with an indexed archive, of which several members can be read
/// at once. Reply: volume_filled; or archive_damaged, archive_refused, no_space, io_failed,
/// cancelled.
struct fill_volume {
  std::string name;
  std::string directory; ///< its staging directory
  archive_member member;
  local_ref<archive_reader> archive;
  extract_policy policy;
  cancellation cancel;

  static constexpr const char* message_name = "fill_volume";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("name", self.name), field("directory", self.directory),
                 field("archive", self.archive), field("cancel", self.cancel));
  }
};

/// States what was unpacked.
struct volume_filled {
  std::string name;
  uint64_t bytes = 0;
  std::vector<std::string> warnings;

  static constexpr const char* message_name = "volume_filled";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("name", self.name), field("bytes", self.bytes),
                 field("warnings", self.warnings));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_volume, caf::first_custom_type_id + 130)
  CAF_ADD_TYPE_ID(floe_volume, (floe::plan_volume))
  CAF_ADD_TYPE_ID(floe_volume, (floe::volume_planned))
  CAF_ADD_TYPE_ID(floe_volume, (floe::fill_volume))
  CAF_ADD_TYPE_ID(floe_volume, (floe::volume_filled))
CAF_END_TYPE_ID_BLOCK(floe_volume)

namespace floe {

/// Interface of the VOLUME actor: one volume in one job.
///
/// Life: spawned by a job for one request; ends itself after its reply.
using volume_handle =
    api<caf::result<volume_planned>(plan_volume), caf::result<volume_filled>(fill_volume)>;

} // namespace floe
