// The one door to floe. The protocol is in messages/engine.hpp.
#pragma once

#include "actors/batch.hpp"
#include "actors/support/blocking_calls.hpp"
#include "actors/support/guarded_requests.hpp"
#include "actors/support/job_services.hpp"
#include "io/container/expedited_grace_periods.hpp"
#include "messages/container.hpp"
#include "messages/group.hpp"

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace floe {

/// Implements engine_handle. Owns the RUNTIME, the CONTAINER actors and the batches under way, and
/// ends them.
class engine {
 public:
  using handle =
      extended_api<engine_handle, caf::result<void>(work_done), caf::result<void>(receiver_ended)>;
  static constexpr const char* name = "engine";

  engine(handle::pointer self, job_services services);

  /// Ends the batches and the containers: what they hold is undone by workers.
  ~engine();

  handle::behavior_type make_behavior();

 private:
  using expedition_ref = std::shared_ptr<const expedited_grace_periods>;

  caf::result<batch_result> on_checkpoint(const checkpoint_containers& request);
  caf::result<batch_result> on_restore(const restore_containers& request);
  caf::result<void> on_cancel(const cancel_batches& request);
  caf::result<container_done> on_command(const container_command& command);

  /// Has \p work done by a worker and answers with its result.
  template <class Reply, class Work>
  caf::result<Reply> answer_by_worker(Work work);

  /// The actor of a container, spawned if there is none.
  container_handle container_of(const std::string& id, container_source source);
  void forget_container(const std::string& id);

  /// Tells an observer how many jobs there will be.
  void announce(const std::vector<planned_job>& jobs, const observer_handle& observer);
  /// \p group and \p expedition, if there are any, end with the batch.
  void run(uint64_t number, std::vector<planned_job> jobs, uint32_t at_once,
           caf::typed_response_promise<batch_result> answer, expedition_ref expedition,
           group_handle group = {});

  /// For a request whose containers are to be saved all or none; invalid for others.
  group_handle group_for(const checkpoint_containers& request, size_t members);

  handle::pointer self_;
  job_services services_;
  blocking_calls<handle> blocking_;
  guarded_requests<handle> requests_;
  std::unordered_map<std::string, container_handle> containers_;
  std::unordered_map<uint64_t, batch_handle> batches_;
  uint64_t last_batch_ = 0;
  uint64_t cancelled_up_to_ = 0; ///< a batch may be cancelled while its containers are looked up
};

} // namespace floe
