#include "io/checkpoint/container_freeze.hpp"

namespace floe {

namespace {

constexpr std::chrono::seconds freeze_limit{10};

} // namespace

expected<void> container_freeze::begin(const cgroup_freezer& freezer, const std::stop_token& stop) {
  const std::lock_guard guard{mutex_};
  if (frozen_)
    return {};
  auto frozen = frozen_cgroup::freeze(freezer, freeze_limit, stop);
  if (!frozen)
    return tl::unexpected{std::move(frozen.error())};
  frozen_.emplace(std::move(*frozen));
  return {};
}

expected<void> container_freeze::end() {
  const std::lock_guard guard{mutex_};
  if (!frozen_)
    return {};
  auto thawed = frozen_->thaw();
  before_ += frozen_->frozen_time();
  frozen_.reset();
  return thawed;
}

bool container_freeze::is_active() const {
  const std::lock_guard guard{mutex_};
  return frozen_.has_value();
}

std::chrono::microseconds container_freeze::time() const {
  const std::lock_guard guard{mutex_};
  return frozen_ ? before_ + frozen_->frozen_time() : before_;
}

} // namespace floe
