// The protocol of the pourer: turns planned content into one archive file.
#pragma once

#include "messages/common.hpp"
#include "model/archive_notes.hpp"
#include "model/compression.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace floe {

class rope;

/// Says how far a pour is. At most ten a second, more only when that many times 64 MiB passed; one
/// when all of pour_archive::content has been read, one at the end. Sent by: a pourer, to the
/// observer named in pour_archive. Reply: none.
struct pour_progress {
  std::string target;         ///< path of the archive
  uint64_t bytes_done = 0;    ///< of the content that are in the file
  uint64_t bytes_total = 0;   ///< of the content, as far as it is known
  uint64_t bytes_written = 0; ///< to the file
  bool captured = false;      ///< all of pour_archive::content has been read: it may change now
  bool complete = false;      ///< it is durable, waits for commit_pour, and has no windows any more

  static constexpr const char* message_name = "pour_progress";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("target", self.target), field("bytes_done", self.bytes_done),
                 field("bytes_total", self.bytes_total), field("bytes_written", self.bytes_written),
                 field("captured", self.captured), field("complete", self.complete));
  }
};

/// An archive that is complete, durable and at its final name.
struct poured {
  uint64_t bytes_read = 0;           ///< content
  uint64_t bytes_written = 0;        ///< size of the archive
  std::string digest;                ///< SHA-256 of the index in hex
  std::vector<std::string> changed;  ///< files that were not what the plan saw, a line each
  std::vector<stage_time> stages;    ///< open, pour, finish: they follow each other
  std::vector<window_times> windows; ///< in their order, if they were to be traced

  static constexpr const char* message_name = "poured";
  template <class Self, class Visitor>
  static auto fields(Self& self, Visitor visit) {
    return visit(field("bytes_read", self.bytes_read), field("bytes_written", self.bytes_written),
                 field("digest", self.digest), field("changed", self.changed),
                 field("stages", self.stages), field("windows", self.windows));
  }
};

/// Asks a pourer to stop and to leave nothing behind. Idempotent, legal at any time.
/// Sent by: the checkpoint job, on cancel and at its deadline.
/// Reply: empty, when the partial file is gone; the pending pour_archive is answered with
/// error_code::cancelled before. A pour that is past the point of no return (the file has its name)
/// completes, and this is answered afterwards.
struct cancel_pour {
  static constexpr const char* message_name = "cancel_pour";
  template <class Self, class Visitor>
  static auto fields(Self&, Visitor visit) {
    return visit();
  }
};

/// Gives an archive its name that is complete and waits for that.
/// Sent by: whoever sent pour_archive with awaits_commit, once, when the pourer's progress says
/// that it is complete. Reply: empty, at once; how it went is told by the reply to pour_archive.
/// Errors: usage, if nothing waits for it.
struct commit_pour {
  static constexpr const char* message_name = "commit_pour";
  template <class Self, class Visitor>
  static auto fields(Self&, Visitor visit) {
    return visit();
  }
};

struct pour_archive;
struct pour_rest;

} // namespace floe

CAF_BEGIN_TYPE_ID_BLOCK(floe_pour, caf::first_custom_type_id + 200)
  CAF_ADD_TYPE_ID(floe_pour, (floe::pour_progress))
  CAF_ADD_TYPE_ID(floe_pour, (floe::poured))
  CAF_ADD_TYPE_ID(floe_pour, (floe::cancel_pour))
  CAF_ADD_TYPE_ID(floe_pour, (floe::pour_archive))
  CAF_ADD_TYPE_ID(floe_pour, (floe::pour_rest))
  CAF_ADD_TYPE_ID(floe_pour, (floe::commit_pour))
CAF_END_TYPE_ID_BLOCK(floe_pour)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(floe::pour_archive)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(floe::pour_rest)

namespace floe {

/// The role of a POUR OBSERVER: whoever wants to see how far a pour is.
using pour_observer_handle = api<caf::result<void>(pour_progress)>;

/// Asks a pourer to write an archive. Never leaves this process: the content is shared, not copied.
/// Sent by: the checkpoint job, once, when the files of the container are planned.
/// Reply: poured; or target_exists, target_unwritable, no_space, io_failed, cancelled, lost (a
/// worker died), usage (a second pour_archive, or a level that the method does not know). Nothing
/// is left at or beside the target then.
struct pour_archive {
  std::shared_ptr<const rope> content;
  bool rest_follows = false;  ///< with pour_rest: the archive is not complete before
  bool awaits_commit = false; ///< it gets its name when commit_pour says so
  std::string target;         ///< path of the archive
  compression method = compression::zstd;
  int32_t level = 0;             ///< 0: the method's default
  bool overwrite = false;        ///< replace a file that is there already
  bool sync = true;              ///< false only for benchmarks
  bool trace = false;            ///< note the times of every window
  archive_notes notes;           ///< of the plan, to be kept in the index
  pour_observer_handle observer; ///< may be null
};

/// Gives a pourer what comes behind pour_archive::content.
/// Sent by: whoever sent it pour_archive, once, if that says so. Reply: empty, at once; how it went
/// is told by the reply to pour_archive. Errors: usage, if nothing was to follow,
/// or not this.
struct pour_rest {
  std::shared_ptr<const rope> content; ///< begins where the other one ends
};

/// Interface of the POURER actor: one archive.
///
/// Life: spawned per archive by whoever planned it; ends itself after its last reply; never
/// restarted. Order: pour_archive once, then pour_rest and commit_pour if it announced them;
/// cancel_pour in every state. Limits: its memory is a fixed number of window slots; at most one
/// request per slot is under way.
using pourer_handle = api<caf::result<poured>(pour_archive), caf::result<void>(pour_rest),
                          caf::result<void>(commit_pour), caf::result<void>(cancel_pour)>;

} // namespace floe
