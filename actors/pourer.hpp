// State machine of one archive being written. The protocol is in messages/pourer.hpp.
#pragma once

#include "actors/frame_worker.hpp"
#include "actors/support/blocking_calls.hpp"
#include "actors/support/stage_times.hpp"
#include "io/posix/durable_file.hpp"
#include "io/pour/archive_ledger.hpp"
#include "io/pour/extent_cloner.hpp"
#include "io/pour/window_slot.hpp"
#include "messages/pourer.hpp"
#include "messages/ring.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace floe {

/// What one pour may use.
struct pourer_limits {
  size_t workers = 0; ///< frames compressed at once; 0: one per core
  size_t slots = 0;   ///< windows in memory; 0: two per worker and two more
  uint32_t window_bytes = window_bytes_default;
};

/// Implements pourer_handle.
///
///   created --pour_archive--> opening --file is there--> pouring --all is written--> closing
///                                |                          |                              |
///                                +------ error, cancel -----+------------------------------+
///                                |                                                         |
///                                v                                              tail written
///                             failing --nothing under way--> discarding                    |
///                                                                |                         v
///                                                              ended <--------------- committing
///
/// A window goes from a free slot to the ring (fill), to a frame worker (compress), waits until its
/// predecessors are written, to the ring (write), and its slot is free again. Windows are filled in
/// order, so the one that must be written next always has a slot. Without the rest of the content,
/// if that is to follow, not all is written.
class pourer {
 public:
  using handle = extended_api<pourer_handle, caf::result<void>(work_done)>;
  static constexpr const char* name = "pourer";

  /// \p pool outlives the actor system.
  pourer(handle::pointer self, ring_handle ring, worker_pool& pool, pourer_limits limits = {},
         frame_worker_factory spawn_worker = spawn_frame_worker);
  ~pourer();
  pourer(const pourer&) = delete;
  pourer& operator=(const pourer&) = delete;

  handle::behavior_type make_behavior();

 private:
  enum class phase : uint8_t {
    created,
    opening,
    pouring,
    closing,
    committing,
    failing,
    discarding,
    ended
  };
  using slot_ptr = std::shared_ptr<window_slot>;
  using time_point = caf::actor_clock::time_point;

  caf::result<poured> on_pour(const pour_archive& request);
  caf::result<void> on_rest(const pour_rest& request);
  caf::result<void> on_commit(const commit_pour&);
  caf::result<void> on_cancel(const cancel_pour&);

  // -- phases, in this order
  void open();
  expected<void> spawn_workers();
  void begin_pouring();
  void add_content(const std::shared_ptr<const rope>& content, bool is_last);
  void reserve_rest();
  void pump();
  void close();
  void await_commit();
  void commit();
  void finish();

  // -- the way of a window
  void fill(slot_ptr slot);
  void window_captured(size_t index);
  void compress_next();
  void write_next();
  void clone(const slot_ptr& slot);
  void written(const slot_ptr& slot);
  slot_ptr free_slot();
  /// Asks, and goes on with \p then unless the pour is failing by the time of the reply.
  template <class Receiver, class Message, class Then>
  void request(const Receiver& receiver, Message message, Then then);
  void request_is_done();

  void fail(error why);
  void discard();
  void settle();
  void report_progress(bool last);
  void send_progress(uint64_t bytes_written);
  time_point now() const;

  handle::pointer self_;
  ring_handle ring_;
  pourer_limits limits_;
  frame_worker_factory spawn_worker_;
  blocking_calls<handle> blocking_;
  phase phase_ = phase::created;
  size_t under_way_ = 0; ///< requests without a reply

  pour_archive job_;
  std::optional<caf::typed_response_promise<poured>> answer_;
  std::vector<caf::typed_response_promise<void>> cancels_;
  std::optional<error> failure_;
  poured result_;
  stage_times stages_;
  std::vector<window> windows_;
  size_t rest_from_ = 0; ///< index of the first window that is not of job_.content
  std::shared_ptr<const rope> rest_;
  bool rest_reserved_ = false;
  bool complete_ = false; ///< and waits for commit_pour
  uint64_t content_bytes_ = 0;
  std::optional<archive_ledger> ledger_;
  std::shared_ptr<durable_file> file_;
  std::shared_ptr<extent_cloner> cloner_; ///< of a plain archive on a file system that can share
  std::shared_ptr<const std::string> tail_;
  std::vector<frame_worker_handle> workers_;
  std::vector<frame_worker_handle> idle_workers_;
  std::vector<slot_ptr> free_slots_;
  size_t slots_made_ = 0;
  size_t frame_bytes_max_ = 0;
  uint32_t content_bytes_max_ = 0;
  std::deque<slot_ptr> filled_;
  std::map<size_t, slot_ptr> compressed_; ///< by index, waiting for their turn
  size_t next_fill_ = 0;                  ///< index of the next window to fill
  size_t next_write_ = 0;                 ///< and to write
  size_t captured_windows_ = 0;           ///< of job_.content, read by now
  bool writing_ = false;
  uint64_t bytes_done_ = 0;
  uint64_t reported_bytes_ = 0;
  time_point reported_at_{};
};

} // namespace floe
