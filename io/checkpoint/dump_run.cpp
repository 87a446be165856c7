#include "io/checkpoint/dump_run.hpp"

#include "io/container/network_sockets.hpp"

#include <chrono>
#include <utility>

namespace floe {

namespace {

/// A dump writes all memory of a container; what takes longer is taken for stuck.
constexpr std::chrono::minutes dump_limit{30};

} // namespace

dump_run::dump_run(oci_runtime& runtime, dump_request request, subject what,
                   std::shared_ptr<container_freeze> freeze, std::optional<cgroup_freezer> freezer)
    : runtime_{runtime}, request_{std::move(request)}, subject_{std::move(what)},
      freeze_{std::move(freeze)}, freezer_{std::move(freezer)} {}

expected<void> dump_run::run(const std::stop_token& stop, const std::function<void()>& on_still) {
  {
    const std::lock_guard guard{mutex_};
    if (stop.stop_requested() && phase_ == phase::ready)
      phase_ = phase::ended;
    if (phase_ != phase::ready)
      return fail(error_code::cancelled, subject_.name, "its dump was cancelled");
    phase_ = phase::running;
  }
  const std::stop_callback also{stop, [this] { stop_.request_stop(); }};
  auto dumped = dump(on_still);
  if (!dumped)
    dumped.error().subject = subject_.name; // the runtime knows no names
  {
    const std::lock_guard guard{mutex_};
    phase_ = phase::ended;
  }
  has_ended_.notify_all();
  return dumped;
}

expected<void> dump_run::dump(const std::function<void()>& on_still) {
  auto request = request_;
  if (freezer_)
    request.stand_still = [&]() -> expected<bool> {
      if (auto frozen = freeze_->begin(*freezer_, stop_.get_token()); !frozen)
        return tl::unexpected{std::move(frozen.error())};
      on_still();
      // What is frozen opens no socket after we have looked.
      return may_use_network(subject_.pid);
    };
  else
    on_still();
  return runtime_.checkpoint(request, dump_limit, stop_.get_token());
}

void dump_run::stop() {
  stop_.request_stop();
  std::unique_lock lock{mutex_};
  if (phase_ == phase::ready)
    phase_ = phase::ended;
  has_ended_.wait(lock, [this] { return phase_ == phase::ended; });
}

} // namespace floe
