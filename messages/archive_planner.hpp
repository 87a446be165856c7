// The protocol of planning one archive: first what the container itself may change, then what its
// dump has left.
#pragma once

#include "io/plan/rope.hpp"
#include "messages/common.hpp"
#include "messages/container.hpp"
#include "messages/local_ref.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace floe {

/// Asks for the front of an archive: documents, volumes, the change of the root filesystem and
/// /dev/shm, as they are now.
/// Sent by: a CHECKPOINT JOB, once. Reply: files_planned; or io_failed, no_such_file, cancelled.
struct plan_files {
  capture_ref source;
  bool align_data = false; ///< place file data at multiples of 4096 (for `--compress none`)
  cancellation cancel;

  static constexpr const char* message_name = "plan_files";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("source", self.source), field("align_data", self.align_data),
                 field("cancel", self.cancel));
  }
};

/// Hands over the front.
struct files_planned {
  local_ref<const rope> content;
  std::vector<std::string> warnings;

  static constexpr const char* message_name = "files_planned";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("content", self.content), field("warnings", self.warnings));
  }
};

/// Asks for the rest of the archive: the images of a dump that is done, and the specification.
/// Sent by: a CHECKPOINT JOB, after files_planned. Reply: images_planned; or io_failed,
/// dump_failed, changed_while_read.
struct plan_images {
  uint64_t begin = 0; ///< where the front ends

  static constexpr const char* message_name = "plan_images";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("begin", self.begin));
  }
};

/// Hands over the rest.
struct images_planned {
  local_ref<const rope> content;

  static constexpr const char* message_name = "images_planned";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("content", self.content));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_archive_planner, caf::first_custom_type_id + 180)
  CAF_ADD_TYPE_ID(floe_archive_planner, (floe::plan_files))
  CAF_ADD_TYPE_ID(floe_archive_planner, (floe::files_planned))
  CAF_ADD_TYPE_ID(floe_archive_planner, (floe::plan_images))
  CAF_ADD_TYPE_ID(floe_archive_planner, (floe::images_planned))
CAF_END_TYPE_ID_BLOCK(floe_archive_planner)

namespace floe {

/// Interface of the ARCHIVE PLANNER actor: one archive.
///
/// Life: spawned and ended by a CHECKPOINT JOB. Order: plan_files, then plan_images.
using archive_planner_handle =
    api<caf::result<files_planned>(plan_files), caf::result<images_planned>(plan_images)>;

} // namespace floe
