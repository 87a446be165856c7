// What several protocols share: the values of model/ as message types, and how a floe::error
// crosses actors.
#pragma once

#include "messages/caf_compat.hpp"
#include "model/checkpoint_options.hpp"
#include "model/create_options.hpp"
#include "model/error.hpp"
#include "model/operation_result.hpp"

namespace floe {

/// A document as JSON text, for replies whose content is described elsewhere (inspect, lists).
struct document {
  std::string text;

  static constexpr const char* message_name = "document";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("text", self.text));
  }
};

/// Where a job is: an event for observers.
/// Sent by: the engine on behalf of a job. Reply: none.
struct job_progress {
  std::string operation; ///< checkpoint or restore
  std::string id;        ///< of the container; empty while an archive has not been read yet
  std::string name;      ///< of the container, or the archive's path
  std::string stage; ///< waiting, freeze, dump, plan, write, finish … ; done or failed at the end
  uint64_t bytes_done = 0;
  uint64_t bytes_total = 0; ///< 0 while it is not known
  std::string input;        ///< what the user typed: the same in all events of a job

  static constexpr const char* message_name = "job_progress";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("operation", self.operation), field("id", self.id), field("name", self.name),
                 field("stage", self.stage), field("bytes_done", self.bytes_done),
                 field("bytes_total", self.bytes_total), field("input", self.input));
  }
};

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_common, caf::first_custom_type_id)
  CAF_ADD_TYPE_ID(floe_common, (floe::error_code))
  CAF_ADD_TYPE_ID(floe_common, (floe::create_options))
  CAF_ADD_TYPE_ID(floe_common, (floe::checkpoint_options))
  CAF_ADD_TYPE_ID(floe_common, (floe::restore_options))
  CAF_ADD_TYPE_ID(floe_common, (floe::stage_time))
  CAF_ADD_TYPE_ID(floe_common, (floe::criu_statistics))
  CAF_ADD_TYPE_ID(floe_common, (floe::operation_result))
  CAF_ADD_TYPE_ID(floe_common, (floe::document))
  CAF_ADD_TYPE_ID(floe_common, (floe::job_progress))
CAF_END_TYPE_ID_BLOCK(floe_common)
FLOE_ERROR_ENUM(floe::error_code, "floe")

namespace floe {

/// The role of an OBSERVER: whoever wants to see progress. Events may be dropped when it is gone.
using observer_handle = api<caf::result<void>(job_progress)>;

/// A floe::error as CAF carries it. Whole: code, subject, cause and advice.
caf::error to_caf(const error& what);

/// The other way. Errors of CAF itself become lost (the receiver died), timed_out or internal; \p
/// subject names what was asked for then.
error to_error(const caf::error& what, const std::string& subject);

} // namespace floe
