// The protocol of the budget: how the archives of all batches share one amount of memory.
#pragma once

#include "messages/common.hpp"

namespace floe {

/// Asks for windows, the memory that an archive is written with.
/// Sent by: a CHECKPOINT JOB, before it spawns its POURER; it holds one reservation at a time.
/// Reply: windows_reserved, as soon as there are some; who asks first is served first.
struct reserve_windows {
  uint32_t wanted = 0; ///< more than this are of no use to it

  static constexpr const char* message_name = "reserve_windows";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("wanted", self.wanted));
  }
};

/// States how many windows the job may use: at least windows_per_archive_min.
struct windows_reserved {
  uint32_t count = 0;

  static constexpr const char* message_name = "windows_reserved";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("count", self.count));
  }
};

/// Gives the windows back. A job that ends without this loses them too. Idempotent.
/// Sent by: a CHECKPOINT JOB, when its archive is written. Reply: empty, at once.
struct release_windows {
  bool all = true;

  static constexpr const char* message_name = "release_windows";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("all", self.all));
  }
};

/// One is written while the other is filled.
constexpr uint32_t windows_per_archive_min = 2;

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_budget, caf::first_custom_type_id + 160)
  CAF_ADD_TYPE_ID(floe_budget, (floe::reserve_windows))
  CAF_ADD_TYPE_ID(floe_budget, (floe::windows_reserved))
  CAF_ADD_TYPE_ID(floe_budget, (floe::release_windows))
CAF_END_TYPE_ID_BLOCK(floe_budget)

namespace floe {

/// Interface of the BUDGET actor.
///
/// Life: one per engine, spawned and ended by its system.
/// Order: reserve_windows, then release_windows, by each job.
using budget_handle =
    api<caf::result<windows_reserved>(reserve_windows), caf::result<void>(release_windows)>;

} // namespace floe
