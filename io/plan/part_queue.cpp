#include "io/plan/part_queue.hpp"

#include <algorithm>
#include <utility>

namespace floe {

namespace {

/// Bounds what is known of parts that nobody has taken yet, and their descriptors.
constexpr size_t ahead_max = 16;

/// A plan competes with those of other volumes, and somebody has to put the parts together.
constexpr size_t helpers_max = 3;

} // namespace

part_queue::~part_queue() {
  {
    const std::lock_guard guard{mutex_};
    ending_ = true;
  }
  changed_.notify_all();
}

void part_queue::push(walk_part part) {
  {
    const std::lock_guard guard{mutex_};
    entries_.push_back({std::make_shared<walk_part>(std::move(part)),
                        std::make_shared<progress>(progress::waiting)});
  }
  if (!helpers_.empty())
    changed_.notify_one();
}

std::shared_ptr<walk_part> part_queue::next() {
  std::unique_lock lock{mutex_};
  if (entries_.empty())
    return nullptr;
  const auto next = std::move(entries_.back());
  entries_.pop_back();
  if (!helpers_.empty())
    changed_.notify_one(); // one more is near enough
  if (*next.state == progress::waiting) {
    lock.unlock();
    look_up_(*next.part);
    return next.part;
  }
  changed_.wait(lock, [&] { return *next.state == progress::done; });
  return next.part;
}

void part_queue::get_help() {
  if (!helpers_.empty())
    return;
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  for (size_t i = 0; i < std::clamp<size_t>(cores - 1, 1, helpers_max); ++i)
    helpers_.emplace_back([this] { help(); });
}

const part_queue::entry* part_queue::first_waiting() const {
  const auto ahead = std::min(entries_.size(), ahead_max);
  for (size_t i = 1; i <= ahead; ++i)
    if (const auto& each = entries_[entries_.size() - i]; *each.state == progress::waiting)
      return &each;
  return nullptr;
}

void part_queue::help() {
  std::unique_lock lock{mutex_};
  while (!ending_) {
    const auto* found = first_waiting();
    if (found == nullptr) {
      changed_.wait(lock);
      continue;
    }
    const auto [part, state] = *found;
    *state = progress::under_way;
    lock.unlock();
    look_up_(*part);
    lock.lock();
    *state = progress::done;
    changed_.notify_all();
  }
}

} // namespace floe
