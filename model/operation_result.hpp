// The record of one operation on one container: the same in C++, in JSON and on the wire
// (docs/design.md, "results").
#pragma once

#include "model/error.hpp"
#include "model/fields.hpp"
#include "model/json.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace floe {

/// One stage of an operation. The stages of a result follow each other and add up to its total.
struct stage_time {
  std::string name;
  uint64_t begun = 0; ///< microseconds of the monotonic clock
  uint64_t microseconds = 0;

  static constexpr const char* message_name = "stage_time";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("name", self.name), field("begun", self.begun),
                 field("microseconds", self.microseconds));
  }
};

/// When one window of an archive was read, compressed and written; microseconds of the monotonic
/// clock.
struct window_times {
  uint64_t index = 0; ///< of the window in the archive
  uint64_t read_begun = 0;
  uint64_t read_ended = 0;
  uint64_t compression_begun = 0;
  uint64_t compression_ended = 0;
  uint64_t write_begun = 0;
  uint64_t write_ended = 0;

  static constexpr const char* message_name = "window_times";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("index", self.index), field("read_begun", self.read_begun),
                 field("read_ended", self.read_ended),
                 field("compression_begun", self.compression_begun),
                 field("compression_ended", self.compression_ended),
                 field("write_begun", self.write_begun), field("write_ended", self.write_ended));
  }
};

/// What CRIU says of its work (behaviours.md section 18); zero where it says nothing.
struct criu_statistics {
  uint32_t freezing_time = 0; ///< microseconds, as all times here
  uint32_t frozen_time = 0;
  uint32_t memdump_time = 0;
  uint32_t memwrite_time = 0;
  uint64_t pages_scanned = 0;
  uint64_t pages_written = 0;
  uint64_t pages_compared = 0;
  uint64_t pages_skipped_cow = 0;
  uint32_t forking_time = 0;
  uint32_t restore_time = 0;
  uint64_t pages_restored = 0;

  static constexpr const char* message_name = "criu_statistics";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(
        field("freezing_time", self.freezing_time), field("frozen_time", self.frozen_time),
        field("memdump_time", self.memdump_time), field("memwrite_time", self.memwrite_time),
        field("pages_scanned", self.pages_scanned), field("pages_written", self.pages_written),
        field("pages_compared", self.pages_compared),
        field("pages_skipped_cow", self.pages_skipped_cow),
        field("forking_time", self.forking_time), field("restore_time", self.restore_time),
        field("pages_restored", self.pages_restored));
  }
};

enum class outcome : uint8_t { done = 0, failed = 1, cancelled = 2 };

struct operation_result {
  std::string operation; ///< checkpoint or restore
  std::string id;        ///< of the container, empty if it never got one
  std::string name;
  std::string input; ///< what the user typed: a name, an id prefix, an archive's path
  outcome status = outcome::failed;
  error_code code = error_code::none;
  std::string subject;  ///< of the error
  std::string cause;    ///< of the error
  std::string advice;   ///< of the error
  std::string archive;  ///< path written or read
  std::string digest;   ///< SHA-256 of the archive's index, in hex
  std::string log_path; ///< CRIU's log, if it was kept
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  uint64_t frozen_microseconds = 0;
  uint64_t total_microseconds = 0;
  std::vector<stage_time> stages;
  std::vector<window_times> windows; ///< only if a trace was asked for
  criu_statistics criu;
  std::vector<std::string> warnings;

  static constexpr const char* message_name = "operation_result";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("operation", self.operation), field("id", self.id), field("name", self.name),
                 field("input", self.input), field("status", self.status), field("code", self.code),
                 field("subject", self.subject), field("cause", self.cause),
                 field("advice", self.advice), field("archive", self.archive),
                 field("digest", self.digest), field("log_path", self.log_path),
                 field("bytes_read", self.bytes_read), field("bytes_written", self.bytes_written),
                 field("frozen_microseconds", self.frozen_microseconds),
                 field("total_microseconds", self.total_microseconds), field("stages", self.stages),
                 field("windows", self.windows), field("criu", self.criu),
                 field("warnings", self.warnings));
  }
};

std::string_view to_string(outcome status);

/// Puts an error into a result; cancelled becomes outcome::cancelled, all others outcome::failed.
void set_error(operation_result& result, const error& what);

/// The error in a result; its code is none when there is none.
error error_of(const operation_result& result);

/// The JSON of `--format json`.
json to_json(const operation_result& result);

} // namespace floe
