// The single owner of one container's state. The protocol is in messages/container.hpp.
#pragma once

#include "actors/support/blocking_calls.hpp"
#include "actors/support/guarded_requests.hpp"
#include "io/container/container_host.hpp"
#include "messages/container.hpp"
#include "messages/runtime.hpp"

#include <deque>
#include <memory>

namespace floe {

/// Commands that wait behind another one.
constexpr size_t container_queue_max = 64;

/// Implements container_handle.
///
///   idle ──container_command──→ busy ──→ idle (or the next waiting command)
///   idle ──begin_checkpoint──→ held ──take_step finish or abort──→ idle
///
/// A dump runs beside the steps between begin_dump and dump.
class container {
 public:
  using handle = extended_api<container_handle, caf::result<void>(stands_still),
                              caf::result<void>(work_done), caf::result<void>(receiver_ended)>;
  static constexpr const char* name = "container";

  container(handle::pointer self, std::string id, container_source source, container_host& host,
            worker_pool& pool, runtime_handle runtime);

  /// A checkpoint that is still held is undone by a worker: that blocks.
  ~container();

  handle::behavior_type make_behavior();

 private:
  enum class phase : uint8_t { idle, busy, held };
  using session_ref = std::shared_ptr<exclusive<checkpoint_session>>;
  using step_work = std::function<expected<void>(checkpoint_session&)>;
  using step_result = expected<step_taken>;
  using command_promise = caf::typed_response_promise<container_done>;
  using step_promise = caf::typed_response_promise<step_taken>;
  struct waiting_command {
    container_command command;
    command_promise answer;
  };

  caf::result<container_done> on_command(const container_command& command);
  caf::result<checkpoint_begun> on_begin(const begin_checkpoint& request);
  caf::result<step_taken> on_step(const take_step& request);
  caf::result<captured> on_capture(const capture_checkpoint& request);
  void on_still();

  void execute(container_command command, command_promise answer);
  void become_idle();
  void take(checkpoint_step step, step_promise answer);
  void dump(step_promise answer);
  void begin_dump();
  void run_dump_of(std::shared_ptr<dump_run> run);
  void end_dump(expected<void> dumped);
  void dump_ended(expected<void> dumped);
  void answer_dump(step_promise answer);
  void run_step(checkpoint_step step, step_work work, step_promise answer);
  void answer_step(checkpoint_step step, step_result done, step_promise answer);
  void after_step();
  error busy() const;

  handle::pointer self_;
  std::string id_;
  container_source source_;
  container_host& host_;
  worker_pool& pool_;
  runtime_handle runtime_;
  blocking_calls<handle> blocking_;
  guarded_requests<handle> requests_;
  phase phase_ = phase::idle;
  session_ref session_;
  cancellation cancel_;
  std::string name_;
  bool step_under_way_ = false;
  bool dumping_ = false;                     ///< the RUNTIME actor has a dump of it
  std::optional<step_promise> awaits_still_; ///< begin_dump
  std::optional<step_promise> awaits_dump_;  ///< dump
  std::optional<expected<void>> dumped_;     ///< nobody has asked yet
  std::optional<step_promise> waiting_abort_;
  std::deque<waiting_command> waiting_;
};

} // namespace floe
