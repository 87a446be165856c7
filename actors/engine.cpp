#include "actors/engine.hpp"

#include "actors/checkpoint_job.hpp"
#include "actors/container.hpp"
#include "actors/group.hpp"
#include "actors/restore_job.hpp"
#include "actors/support/batch_plans.hpp"
#include "actors/support/engine_requests.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace floe {

namespace {

/// A dump mostly waits for the kernel, so one more than there are cores; each further one prolongs
/// the freeze of all (bench/README.md).
uint32_t dumps_at_once() {
  return std::max(1u, std::thread::hardware_concurrency()) + 1;
}

/// What a batch works on, and what holds the kernel's grace periods short for it, if that is
/// wanted.
template <class Target>
struct expedited_plan {
  std::vector<Target> targets;
  std::shared_ptr<const expedited_grace_periods> expedition;
};

template <class Request, class Target>
expected<expedited_plan<Target>> expedited(container_host& host, const Request& request,
                                           expected<std::vector<Target>> targets) {
  if (!targets)
    return tl::unexpected{std::move(targets.error())};
  expedited_plan<Target> plan{std::move(*targets), nullptr};
  if (!request.expedite)
    return plan;
  auto begun = expedited_grace_periods::begin(host.settings().run_root);
  if (!begun)
    return tl::unexpected{std::move(begun.error())};
  plan.expedition = std::move(*begun);
  return plan;
}

/// Of containers in one batch: which is in a namespace of which, by their places in it.
template <class Target>
std::vector<std::pair<size_t, size_t>> joined_pairs(const std::vector<Target>& targets) {
  std::vector<std::pair<size_t, size_t>> pairs;
  for (size_t member = 0; member < targets.size(); ++member)
    for (const auto& id : targets[member].owners)
      if (const auto owner = std::ranges::find(targets, id, &Target::id); owner != targets.end())
        pairs.emplace_back(member, static_cast<size_t>(owner - targets.begin()));
  return pairs;
}

} // namespace

engine::engine(handle::pointer self, job_services services)
    : self_{self}, services_{std::move(services)}, blocking_{self, services_.pool}, requests_{
                                                                                        self} {}

engine::~engine() {
  for (const auto& [number, running] : batches_)
    end_actor(running);
  for (const auto& [id, owner] : containers_)
    end_actor(owner);
}

engine::handle::behavior_type engine::make_behavior() {
  auto& host = services_.host;
  return {
      [this](const checkpoint_containers& request) { return on_checkpoint(request); },
      [this](const restore_containers& request) { return on_restore(request); },
      [this](const cancel_batches& request) { return on_cancel(request); },
      [this, &host](const create_container& request) {
        return answer_by_worker<container_done>(
            [&host, request] { return create(host, request.options); });
      },
      [this](const container_command& command) { return on_command(command); },
      [this, &host](const query& what) {
        return answer_by_worker<document>([&host, what] { return answer_query(host, what); });
      },
      [this, &host](const prepare_exec& request) {
        return answer_by_worker<exec_command>(
            [&host, request] { return make_exec_command(host, request); });
      },
      [this, &host](const volume_command& command) {
        return answer_by_worker<document>(
            [&host, command] { return run_volume_command(host, command); });
      },
      [this, &host](const image_command& command) {
        return answer_by_worker<document>(
            [&host, command] { return run_image_command(host, command); });
      },
      [this](const work_done& done) { blocking_.on_done(done); },
      [this](const receiver_ended& ended) { requests_.on_ended(ended); },
  };
}

template <class Reply, class Work>
caf::result<Reply> engine::answer_by_worker(Work work) {
  auto answer = self_->make_response_promise<Reply>();
  blocking_.run(std::move(work), [answer](expected<Reply> result) mutable {
    if (result)
      fulfil(answer, std::move(*result));
    else
      refuse(answer, to_caf(result.error()));
  });
  return answer;
}

// -- batches ------------------------------------------------------------------------

caf::result<batch_result> engine::on_checkpoint(const checkpoint_containers& request) {
  const auto number = ++last_batch_;
  auto answer = self_->make_response_promise<batch_result>();
  blocking_.run(
      [&host = services_.host, request] {
        return expedited(host, request, plan_checkpoints(host, request));
      },
      [this, number, request, answer](expected<expedited_plan<checkpoint_target>> plan) mutable {
        if (!plan)
          return refuse(answer, to_caf(plan.error()));
        auto* targets = &plan->targets;
        const auto group = group_for(request, targets->size());
        std::vector<planned_job> jobs;
        for (auto& target : *targets)
          jobs.push_back({"checkpoint", run_job{target.input, target.id, target.name},
                          [&pool = services_.pool, budget = services_.budget,
                           spawn_pourer = services_.spawn_pourer,
                           container = container_of(target.id, target.source), group,
                           options = std::move(target.options),
                           observer = request.observer](caf::actor_system& system) -> job_handle {
                            return spawn_state<checkpoint_job>(system, pool, budget, spawn_pourer,
                                                               container, group, options, observer);
                          }});
        // Who is stopped takes along the namespaces that others have from it.
        if (!group && !request.options.leave_running && !request.options.pre_checkpoint)
          for (const auto& [member, owner] : joined_pairs(*targets))
            jobs[owner].after.push_back(member);
        announce(jobs, request.observer);
        // All of a group must be under way, or none would come to its end.
        const auto chosen = request.jobs > 0 ? request.jobs : dumps_at_once();
        const auto at_once = group ? static_cast<uint32_t>(targets->size()) : chosen;
        run(number, std::move(jobs), at_once, answer, std::move(plan->expedition), group);
      });
  return answer;
}

caf::result<batch_result> engine::on_restore(const restore_containers& request) {
  const auto number = ++last_batch_;
  auto answer = self_->make_response_promise<batch_result>();
  blocking_.run(
      [&host = services_.host, request] {
        return expedited(host, request, plan_restores(host, request));
      },
      [this, number, request, answer](expected<expedited_plan<restore_target>> plan) mutable {
        if (!plan)
          return refuse(answer, to_caf(plan.error()));
        std::vector<planned_job> jobs;
        const auto claims = std::make_shared<volume_claims>();
        auto add = [&](run_job job, const std::string& archive) {
          jobs.push_back({"restore", std::move(job),
                          [services = services_, archive, options = request.options, claims,
                           observer = request.observer](caf::actor_system& system) -> job_handle {
                            return spawn_state<restore_job>(system, services, archive, options,
                                                            claims, observer);
                          }});
        };
        for (const auto& archive : request.archives)
          add({archive, {}, {}}, archive);
        const auto first_target = jobs.size();
        for (const auto& target : plan->targets)
          add({target.input, target.id, target.name}, target.image_directory);
        for (const auto& [member, owner] : joined_pairs(plan->targets))
          jobs[first_target + member].after.push_back(first_target + owner);
        announce(jobs, request.observer);
        run(number, std::move(jobs), request.jobs, answer, std::move(plan->expedition));
      });
  return answer;
}

group_handle engine::group_for(const checkpoint_containers& request, size_t members) {
  if (request.pod.empty())
    return {};
  return spawn_state<group>(self_->home_system(), members, "pod " + request.pod);
}

void engine::announce(const std::vector<planned_job>& jobs, const observer_handle& observer) {
  if (!observer)
    return;
  for (const auto& job : jobs)
    tell(self_, observer,
         job_progress{job.operation, job.request.id,
                      job.request.name.empty() ? job.request.input : job.request.name, "waiting", 0,
                      0, job.request.input});
}

void engine::run(uint64_t number, std::vector<planned_job> jobs, uint32_t at_once,
                 caf::typed_response_promise<batch_result> answer, expedition_ref expedition,
                 group_handle group) {
  batch_handle running = spawn_state<batch>(self_->home_system(), std::move(jobs));
  batches_.emplace(number, running);
  const auto held = std::make_shared<expedition_ref>(std::move(expedition));
  auto forget = [this, number, group = std::move(group), held] {
    if (*held) // ending it touches files
      services_.pool.submit([ended = std::exchange(*held, nullptr)] {});
    if (group)
      end_actor(group);
    end_actor(batches_.at(number));
    batches_.erase(number);
  };
  requests_.ask<batch_result>(
      running, run_batch{at_once}, "batch",
      [answer, forget](batch_result result) mutable {
        forget();
        fulfil(answer, std::move(result));
      },
      [answer, forget](const error& why) mutable {
        forget();
        refuse(answer, to_caf(why));
      });
  if (number <= cancelled_up_to_)
    tell(self_, running, cancel_batches{});
}

caf::result<void> engine::on_cancel(const cancel_batches& request) {
  cancelled_up_to_ = last_batch_;
  for (const auto& [number, running] : batches_)
    tell(self_, running, request);
  return caf::unit;
}

// -- containers -----------------------------------------------------------------------

caf::result<container_done> engine::on_command(const container_command& command) {
  auto answer = self_->make_response_promise<container_done>();
  blocking_.run(
      [&host = services_.host, name = command.name] { return resolve(host, name); },
      [this, command, answer](expected<std::string> id) mutable {
        if (!id && command.ignore_missing && id.error().code == error_code::no_such_container)
          return fulfil(answer, container_done{});
        if (!id)
          return refuse(answer, to_caf(id.error()));
        requests_.ask<container_done>(
            container_of(*id, container_source::native), command, "container " + command.name,
            [this, id = *id, verb = command.verb, answer](container_done done) mutable {
              if (verb == container_verb::remove)
                forget_container(id);
              fulfil(answer, std::move(done));
            },
            [answer](const error& why) mutable { refuse(answer, to_caf(why)); });
      });
  return answer;
}

container_handle engine::container_of(const std::string& id, container_source source) {
  auto known = containers_.find(id);
  if (known != containers_.end())
    return known->second;
  container_handle spawned = spawn_state<container>(
      self_->home_system(), id, source, services_.host, services_.pool, services_.runtime);
  containers_.emplace(id, spawned);
  return spawned;
}

void engine::forget_container(const std::string& id) {
  if (auto known = containers_.extract(id); !known.empty())
    end_actor(known.mapped());
}

} // namespace floe
